//! Qwen2.5: better prompts, and a chat endpoint.
