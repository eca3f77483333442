"""Errors in the words of common servers."""

import json
from typing import Any

import pytest

from agents.models.refusals import meaning, said_in


def openai(message: str, code: Any = None, type: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        # Too long
        (400, openai("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 "
                     "tokens.", "context_length_exceeded"), "too_long"),
        (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens. However, your "
               "request has 9000 input tokens. Please reduce the length.", "type": "BadRequestError", "code": 400},
         "too_long"),
        (400, {"detail": "The decoder prompt (length 9000) is longer than the maximum model length of 4096."},
         "too_long"),
        (400, openai("request (9031 tokens) exceeds the available context size (8192 tokens), try increasing it", 400,
                     "exceed_context_size_error"), "too_long"),
        (500, openai("the request exceeds the available context size. try increasing the context size or enable "
                     "context shift", 500, "server_error"), "too_long"),
        (500, {"error": "input length exceeds maximum context length"}, "too_long"),
        (400, {"error": "prompt too long; exceeded max context length by 204 tokens"}, "too_long"),
        (400, {"error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is "
               "loaded with context length of only 4096 tokens, which is not enough."}, "too_long"),
        (422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 3000"}, "too_long"),
        (400, [{"error": {"code": 400, "message": "The input token count (9000) exceeds the maximum number of tokens "
                "allowed (8192).", "status": "INVALID_ARGUMENT"}}], "too_long"),
        (400, openai("prompt is too long: 200001 tokens > 200000 maximum", None, "invalid_request_error"), "too_long"),
        (400, {"message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"},
         "too_long"),
        (413, openai("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000",
                     "rate_limit_exceeded"), "too_long"),
        (429, openai("Request too large for x on tokens per min (TPM): Limit 30000, Requested 40000",
                     "rate_limit_exceeded"), "too_long"),
        (413, "<html><h1>Request Entity Too Large</h1></html>", "too_long"),
        # No room for the answer
        (400, openai("'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length "
                     "is 4096 tokens and your request has 500 input tokens"), "no_room"),
        (400, openai("This model's maximum context length is 4096 tokens. However, you requested 4596 tokens (500 in "
                     "the messages, 4096 in the completion)."), "no_room"),
        (400, openai("This model's maximum context length is 4096 tokens. However, you requested 9096 tokens (5000 in "
                     "the messages, 4096 in the completion)."), "too_long"),
        (422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 500 and 4096"}, "no_room"),
        # A filter
        (400, {"error": {"message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
               "management policy.", "code": "content_filter", "param": "prompt", "status": 400,
               "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, "filtered"),
        (403, {"error": {"code": 403, "message": "Your input was flagged", "metadata": {"reasons": ["violence"]}}},
         "filtered"),
        (400, openai("Your request was rejected as a result of our safety system."), "filtered"),
        # No money
        (429, openai("You exceeded your current quota, please check your plan and billing details.",
                     "insufficient_quota"), "quota"),
        (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, "quota"),
        (400, openai("Budget has been exceeded! Current cost: 12.1", "400", "budget_exceeded"), "quota"),
        (400, openai("Your credit balance is too low to access the API."), "quota"),
        # The key, the model
        (401, openai("Incorrect API key provided: sk-1.", "invalid_api_key"), "unauthorised"),
        (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}], "unauthorised"),
        (403, "<html>Forbidden</html>", "forbidden"),
        (404, openai("The model `x` does not exist.", None, "NotFoundError"), "unknown_model"),
        (404, {"error": {"message": 'model "x" not found, try pulling it first', "type": "not_found_error"}},
         "unknown_model"),
        (400, {"error": {"message": "x is not a valid model ID", "code": 400}}, "unknown_model"),
        (404, "", "unknown_model"),
        (404, [{"error": {"code": 404, "message": "models/x is not found for API version v1main, or is not supported "
                "for generateContent."}}], "unknown_model"),
        (400, openai("Unable to access non-serverless model x.", "model_not_available"), "unknown_model"),
        (403, openai("Country, region, or territory not supported", "unsupported_country"), "forbidden"),
        # What a server cannot do
        (400, {"error": {"message": "registry.ollama.ai/library/x does not support tools"}}, "unsupported"),
        (500, openai("tools param requires --jinja flag", 500, "server_error"), "unsupported"),
        (404, {"error": {"message": "No endpoints found that support tool use.", "code": 404}}, "unsupported"),
        (400, openai("Unsupported parameter: 'max_tokens'", "unsupported_parameter", param="max_tokens"), "refused"),
        (400, openai("Bad request"), "refused"),
        (422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, "refused"),
        # What passes
        (429, openai("Rate limit reached for tokens per minute: limit 6000, requested 7000"), "busy"),
        (429, openai("Rate limit reached. You can increase it by adding a payment method at https://example.org/billing."),
         "busy"),
        (429, "Too many requests", "busy"),
        (503, openai("The engine is currently overloaded", None, "overloaded_error"), "failed"),
        (500, openai("Internal error"), "failed"),
        (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, "loading"),
        (503, {"error": "Model some/model is currently loading", "estimated_time": 20.0}, "loading"),
        (502, "<html>Bad gateway</html>", "failed"),
        (500, {"error": None}, "failed"),
        (500, [], "failed"),
    ],
)  # fmt: skip
def test_an_error_is_known_by_its_words(status: int, body: Any, expected: str) -> None:
    assert meaning(status, said_in(body)) == expected
    assert meaning(status, said_in(body if isinstance(body, str) else json.dumps(body))) == expected


def test_what_is_not_taken_is_named() -> None:
    assert said_in(openai("no", param="temperature")).parameter == "temperature"
    assert said_in({"error": {"code": "429"}}).status == 429
