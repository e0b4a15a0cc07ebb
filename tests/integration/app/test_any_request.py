"""Requests that a machine makes up from the OpenAPI document: no crash, no answer off its schema."""

from __future__ import annotations

