"""Spans by OpenTelemetry, sent over OTLP/HTTP. Imported only where tracing is on: without it nothing of it is loaded.

Where to, how much and with which headers is set as OpenTelemetry has it: `OTEL_EXPORTER_OTLP_ENDPOINT`,
`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, … A collector that is away costs spans, never
a request: they are sent in batches by a thread of their own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

KINDS = {"server": SpanKind.SERVER, "consumer": SpanKind.CONSUMER, "internal": SpanKind.INTERNAL}


class Span:
    """A span that has begun."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span) -> None:
        context = span.get_span_context()
        self._span = span
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def end(self, *, failed: str | None, name: str | None, about: Mapping[str, str | int]) -> None:
        """End it; `failed` names the kind of error, never what it says."""
        if name is not None:
            self._span.update_name(name)
        self._span.set_attributes(dict(about))
        if failed is not None:
            self._span.set_status(Status(StatusCode.ERROR, failed))
        self._span.end()


class Spans:
    """Records spans and sends them to `exporter`, by default over OTLP/HTTP as the environment says."""

    def __init__(self, services: str, exporter: SpanExporter | None = None) -> None:
        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
        name = os.environ.get("OTEL_SERVICE_NAME") or f"redress-{services}"
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("redress")

    def start(self, name: str, kind: str, parent: str | None, **about: str) -> Span:
        """A span that has begun, below the span of `parent` (a traceparent that was checked)."""
        context = trace.set_span_in_context(trace.NonRecordingSpan(_context(parent))) if parent else None
        return Span(self._tracer.start_span(name, context, KINDS[kind], attributes=about))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _context(parent: str) -> SpanContext:
    _, trace_id, span_id, flags = parent.split("-")[:4]
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
