{{- define "ringside.labels" -}}
app.kubernetes.io/name: ringside
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "ringside.selector" -}}
app.kubernetes.io/name: ringside
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "ringside.secret" -}}
{{- .Values.secret.existing | default .Release.Name -}}
{{- end }}

{{/* The value of a setting. Numbers of a values file are floating: a million would be 1e+06, which is no whole number. */}}
{{- define "ringside.setting" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{ int64 . | toString | quote }}
{{- else -}}
{{ toString . | quote }}
{{- end -}}
{{- end }}

{{/* A node: .root, .component, .node (its values), .environment (its own settings, a dict). */}}
{{- define "ringside.node" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $root.Release.Name }}-{{ .component }}
  labels:
    {{- include "ringside.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if not .node.autoscaling.enabled }}
  replicas: {{ .node.replicas }}
  {{- end }}
  strategy:
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "ringside.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "ringside.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
      annotations:
        # Settings are read at the start: other ones start other pods.
        checksum/settings: {{ include (print $root.Template.BasePath "/settings.yaml") $root | sha256sum }}
        checksum/secret: {{ toJson $root.Values.secret | sha256sum }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false  # their variables are not meant as settings
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile: { type: RuntimeDefault }
      # Five seconds before the signal, then GRACEFUL_SECONDS, and something to spare.
      terminationGracePeriodSeconds: {{ add $root.Values.gracefulSeconds 20 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "ringside.selector" . | nindent 14 }}
      containers:
        - name: ringside
          image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          ports:
            - { name: http, containerPort: 8000 }
          envFrom:
            - configMapRef: { name: {{ $root.Release.Name }} }
            - secretRef: { name: {{ include "ringside.secret" $root }} }
          env:
            {{- range $name, $value := merge (dict "PORT" 8000) .node.settings .environment }}
            - { name: {{ $name }}, value: {{ include "ringside.setting" $value }} }
            {{- end }}
          # The start migrates the database: one node does it, the others wait for it.
          startupProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 5
            failureThreshold: {{ div $root.Values.startSeconds 5 }}
          livenessProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: http }
            periodSeconds: 5
            timeoutSeconds: 4  # it answers within two
            failureThreshold: 2
          lifecycle:
            preStop:
              exec: { command: [sleep, "5"] }  # until the proxies know that this pod is going
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          resources:
            {{- toYaml .node.resources | nindent 12 }}
          volumeMounts:
            - { name: data, mountPath: /var/lib/ringside }
            - { name: tmp, mountPath: /tmp }
      volumes:
        # Everything that is to stay is in PostgreSQL.
        - { name: data, emptyDir: {} }
        - { name: tmp, emptyDir: {} }
      {{- with .node.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .node.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .node.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
