"""The headers that sign a request, as Standard Webhooks describes it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import time


def signed_headers(key: bytes, message_id: str, content: bytes) -> dict[str, str]:
    """``message_id`` is the same whenever the same is sent again, by which a receiver tells what it has got already."""
    moment = str(int(time.time()))
    signed = hmac.digest(key, f"{message_id}.{moment}.".encode() + content, hashlib.sha256)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
