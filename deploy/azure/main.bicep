// Ringside on Azure: App Service, PostgreSQL and, with withKafka, Event Hubs. What the settings are for is in
// deploy/azure.md. The package is deployed afterwards.
//
//   az deployment group create -g ringside -f deploy/azure/main.bicep -p name=my-ringside \
//     databasePassword=… secretKey=… metricsToken=…
targetScope = 'resourceGroup'

@description('The name of the site: it will be at https://NAME.azurewebsites.net. The other resources have names with it.')
@minLength(3)
@maxLength(40)
param name string

param location string = resourceGroup().location

@description('The plan: B1 for a trial; P0v3 and more instances for many people.')
param planSku string = 'B1'

@minValue(1)
param instances int = 1

@description('B1ms allows 35 connections; an instance with one web worker and one agent process holds about 20.')
param databaseSku string = 'Standard_B1ms'

@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param databaseTier string = 'Burstable'

@secure()
@minLength(12)
param databasePassword string

@description('SECRET_KEY: 32 random characters or more. The same for ever: it opens what is stored.')
@secure()
@minLength(32)
param secretKey string

@description('METRICS_TOKEN: 32 random characters or more.')
@secure()
@minLength(32)
param metricsToken string

@description('With Event Hubs as Kafka.')
param withKafka bool = false

var databaseUser = 'ringside'
var topics = ['ringside.requests', 'ringside.responses', 'ringside.events', 'ringside.dead-letters']

resource database 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-db'
  location: location
  sku: {
    name: databaseSku
    tier: databaseTier
  }
  properties: {
    version: '16'
    administratorLogin: databaseUser
    administratorLoginPassword: databasePassword
    storage: {
      storageSizeGB: 32
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: 14
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: 'Disabled'
    }
  }

  resource own 'databases' = {
    name: 'ringside'
    properties: {
      charset: 'UTF8'
    }
  }

  // 0.0.0.0 means the addresses of Azure, of all its customers; a private network is safer and needs a larger plan.
  resource fromAzure 'firewallRules' = {
    name: 'azure'
    properties: {
      startIpAddress: '0.0.0.0'
      endIpAddress: '0.0.0.0'
    }
  }
}

resource hubs 'Microsoft.EventHub/namespaces@2024-01-01' = if (withKafka) {
  name: '${name}-hubs'
  location: location
  sku: {
    name: 'Standard' // Basic does not speak Kafka's protocol
    tier: 'Standard'
    capacity: 1
  }
  properties: {
    kafkaEnabled: true
    minimumTlsVersion: '1.2'
    isAutoInflateEnabled: true
    maximumThroughputUnits: 4
  }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = [
  for topic in (withKafka ? topics : []): {
    parent: hubs
    name: topic
    properties: {
      partitionCount: 6
      messageRetentionInDays: 7
    }
  }
]

resource hubsKey 'Microsoft.EventHub/namespaces/authorizationRules@2024-01-01' = if (withKafka) {
  parent: hubs
  name: 'ringside'
  properties: {
    rights: ['Listen', 'Send']
  }
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: {
    name: planSku
    capacity: instances
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  kind: 'app,linux'
  tags: {
    'azd-service-name': 'web'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    siteConfig: {
      linuxFxVersion: 'PYTHON|3.11'
      appCommandLine: './startup.sh'
      alwaysOn: true
      http20Enabled: true
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      healthCheckPath: '/readyz'
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        SCM_DO_BUILD_DURING_DEPLOYMENT: 'true'
        TRUSTED_PROXIES: '1'
        WEB_CONCURRENCY: '1'
        AGENT_PROCESSES: '1'
        ALLOWED_HOSTS: '${name}.azurewebsites.net'
        PUBLIC_URL: 'https://${name}.azurewebsites.net'
        SECRET_KEY: secretKey
        METRICS_TOKEN: metricsToken
        DATABASE_URL: 'postgresql://${databaseUser}:${uriComponent(databasePassword)}@${database.properties.fullyQualifiedDomainName}:5432/ringside?sslmode=require'
      },
      withKafka ? {
        KAFKA_BOOTSTRAP_SERVERS: '${name}-hubs.servicebus.windows.net:9093'
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL'
        KAFKA_SASL_USERNAME: '$ConnectionString'
        KAFKA_SASL_PASSWORD: hubsKey.listKeys().primaryConnectionString
      } : {}
    )
  }
}

output address string = 'https://${site.properties.defaultHostName}'
