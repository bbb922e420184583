package io.github.ipftrace;

import java.util.Iterator;
import java.util.concurrent.Flow;

/** Hands the events of a trace to one subscriber, as many as it asks for. */
final class TraceSubscription implements Flow.Subscription, Runnable {
  private final Trace trace;
  private final Flow.Subscriber<? super TraceEvent> subscriber;
  private final Object lock = new Object();
  private Iterator<TraceEvent> events;
  private long requested;
  private boolean isCancelled;
  private IllegalArgumentException wrongRequest;

  TraceSubscription(Trace trace, Flow.Subscriber<? super TraceEvent> subscriber) {
    this.trace = trace;
    this.subscriber = subscriber;
  }

  void begin() {
    try {
      events = trace.iterator();
    } catch (IllegalStateException used) {
      isCancelled = true;
      subscriber.onSubscribe(this);
      subscriber.onError(used);
      return;
    }
    subscriber.onSubscribe(this);
    var thread = new Thread(this, "ipftrace-trace");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void request(long count) {
    synchronized (lock) {
      if (count <= 0)
        wrongRequest = new IllegalArgumentException("request(" + count + "): ask for one or more");
      else requested = requested + count < 0 ? Long.MAX_VALUE : requested + count;
      lock.notifyAll();
    }
  }

  @Override
  public void cancel() {
    synchronized (lock) {
      isCancelled = true;
      lock.notifyAll();
    }
    trace.close();
  }

  @Override
  public void run() {
    try {
      while (awaitsNext()) {
        if (!events.hasNext()) {
          subscriber.onComplete();
          return;
        }
        subscriber.onNext(events.next());
      }
    } catch (RuntimeException reason) {
      trace.close();
      if (!isCancelled()) subscriber.onError(reason);
    }
  }

  /** Waits until there is something to do; false when nobody wants anything more. */
  private boolean awaitsNext() {
    synchronized (lock) {
      try {
        while (requested == 0 && !isCancelled && wrongRequest == null) lock.wait();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", interrupted);
      }
      if (wrongRequest != null) throw wrongRequest;
      requested--;
      return !isCancelled;
    }
  }

  private boolean isCancelled() {
    synchronized (lock) {
      return isCancelled;
    }
  }
}
