package io.github.ipftrace;

import io.github.ipftrace.v1.TraceStarted;

/** What a trace tells. Later versions may permit others. */
public sealed interface TraceEvent
    permits Journey,
        TraceEvent.Started,
        TraceEvent.Loss,
        TraceEvent.Heartbeat,
        TraceEvent.AttachProgress,
        TraceEvent.Ended {
  /** One line of JSON, as all clients of ipftrace write it; without a line feed. */
  String json();

  /**
   * What is being traced: node, backend, functions, schemas. Comes first, and again after every
   * connection that was lost.
   *
   * @param message as the server sent it
   * @param resumed whether the stream goes on where it was, and nothing is missing but what a
   *     {@link Loss} tells; false: it begins here
   */
  record Started(TraceStarted message, boolean resumed) implements TraceEvent {
    @Override
    public String json() {
      return EventJson.started(this);
    }
  }

  /** Why the trace ended, with its account. Comes last. */
  record Ended(io.github.ipftrace.v1.TraceEnded message) implements TraceEvent {
    @Override
    public String json() {
      return EventJson.ended(message);
    }
  }

  /** Something was lost since the last one, and at which stages. */
  record Loss(io.github.ipftrace.v1.Loss message) implements TraceEvent {
    @Override
    public String json() {
      return EventJson.loss(message);
    }
  }

  /** Nothing happened, and the stream is alive. */
  record Heartbeat(io.github.ipftrace.v1.Heartbeat message) implements TraceEvent {
    @Override
    public String json() {
      return EventJson.heartbeat(message);
    }
  }

  /** How far the attaching has come, where it takes more than a second. */
  record AttachProgress(io.github.ipftrace.v1.AttachProgress message) implements TraceEvent {
    @Override
    public String json() {
      return EventJson.progress(message);
    }
  }
}
