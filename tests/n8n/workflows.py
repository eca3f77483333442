"""Workflows for a real n8n: what `n8n import:workflow` reads. The name of each is the path of its webhook."""

from typing import Any

CREDENTIALS_ID = "ModelServer00001"


def workflows(model_address: str) -> list[dict[str, Any]]:
    """``model_address``: of an OpenAI-compatible server, with /v1."""
    agent = _node(
        "AI Agent", "@n8n/n8n-nodes-langchain.agent", 3, promptType="define", text="={{ $json.body.chatInput }}"
    )
    agent["parameters"]["options"] = {"enableStreaming": True, "systemMessage": "={{ $json.body.systemPrompt }}"}
    chat_agent = {**agent, "parameters": {**agent["parameters"], "text": "={{ $json.chatInput }}"}}
    chat_agent["parameters"]["options"] = {"enableStreaming": True}
    model = _node(
        "Model", "@n8n/n8n-nodes-langchain.lmChatOpenAi", 1.3, model={"__rl": True, "mode": "id", "value": "tiny"},
        options={"baseURL": model_address}, builtInTools={}, responsesApiEnabled=False,
    )  # fmt: skip
    model["credentials"] = {"openAiApi": {"id": CREDENTIALS_ID, "name": "model server"}}
    tool = _node(
        "look_up", "@n8n/n8n-nodes-langchain.toolCode", 1.3, description="Looks a word up in the ship's log",
        jsCode="return '1957: the engine was rebuilt by Ada';",
    )  # fmt: skip
    respond = _node("Respond", "n8n-nodes-base.respondToWebhook", 1.5, respondWith="allIncomingItems")
    respond["parameters"]["options"] = {"enableStreaming": True}
    chat = _node(
        "Chat", "@n8n/n8n-nodes-langchain.chatTrigger", 1.4, public=True, mode="webhook", authentication="none"
    )
    chat["parameters"]["options"] = {"responseMode": "streaming"}
    chat["webhookId"] = "chat"
    attached = [("Model", "AI Agent", "ai_languageModel"), ("look_up", "AI Agent", "ai_tool")]
    return [
        _workflow("agent", [_webhook("agent"), agent, model, tool], [("Webhook", "AI Agent", "main"), *attached]),
        _workflow("chat", [chat, chat_agent, model, tool], [("Chat", "AI Agent", "main"), *attached]),
        _lines(
            "items", "return [{json: {output: 'One: ' + $json.body.chatInput}}, {json: {output: 'Two.'}}];", respond
        ),
        _lines("broken", "throw new Error('the tool broke');", respond),
        _lines("slow", "await new Promise(r => setTimeout(r, 5000)); return [{json: {output: 'Late.'}}];", respond),
        _plain("plain", "lastNode", "return [{json: {output: 'Plain.'}}];"),
        _plain("at-once", "onReceived", "return [{json: {output: 'Later.'}}];"),
        _plain("closed", "lastNode", "return [{json: {output: 'Open.'}}];", authentication="headerAuth"),
        {**_plain("idle", "lastNode", "return [];"), "active": False},
    ]


def credentials(model_address: str) -> list[dict[str, Any]]:
    data = {"apiKey": "none", "url": model_address}
    return [{"id": CREDENTIALS_ID, "name": "model server", "type": "openAiApi", "data": data}]


def _node(name: str, kind: str, version: float, **parameters: Any) -> dict[str, Any]:
    return {
        "id": f"node-{name}", "name": name, "type": kind, "typeVersion": version, "position": [0, 0],
        "parameters": parameters,
    }  # fmt: skip


def _webhook(path: str, mode: str = "streaming", **parameters: Any) -> dict[str, Any]:
    node = _node(
        "Webhook", "n8n-nodes-base.webhook", 2.1, httpMethod="POST", path=path, responseMode=mode, **parameters
    )
    return {**node, "webhookId": f"hook-{path}"}


def _code(code: str) -> dict[str, Any]:
    return _node("Code", "n8n-nodes-base.code", 2, jsCode=code)


def _lines(name: str, code: str, respond: dict[str, Any]) -> dict[str, Any]:
    joined = [("Webhook", "Code", "main"), ("Code", "Respond", "main")]
    return _workflow(name, [_webhook(name), _code(code), respond], joined)


def _plain(name: str, mode: str, code: str, **parameters: Any) -> dict[str, Any]:
    return _workflow(name, [_webhook(name, mode, **parameters), _code(code)], [("Webhook", "Code", "main")])


def _workflow(name: str, nodes: list[dict[str, Any]], joined: list[tuple[str, str, str]]) -> dict[str, Any]:
    connections: dict[str, Any] = {}
    for one, other, kind in joined:
        connections[one] = {kind: [[{"node": other, "type": kind, "index": 0}]]}
    return {
        "id": f"workflow-{name}", "name": name, "active": True, "nodes": nodes, "connections": connections,
        "settings": {"executionOrder": "v1"}, "versionId": f"version-{name}",
    }  # fmt: skip
