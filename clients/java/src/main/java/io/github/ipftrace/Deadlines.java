package io.github.ipftrace;

import io.github.ipftrace.v1.SessionServiceGrpc;
import io.github.ipftrace.v1.TraceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Gives calls that answer once a deadline, where the caller gave none. */
final class Deadlines implements ClientInterceptor {
  private static final long ANSWER_SECONDS = 10;

  /** Attaching to and detaching from thousands of functions takes old kernels a minute. */
  private static final long KERNEL_SECONDS = 130;

  /** FlushSession waits as long as its request says, and tells itself when that is over. */
  private static final Set<String> SLOW =
      Set.of(
          TraceServiceGrpc.getExplainTraceMethod().getFullMethodName(),
          TraceServiceGrpc.getCheckModuleMethod().getFullMethodName(),
          SessionServiceGrpc.getCreateSessionMethod().getFullMethodName(),
          SessionServiceGrpc.getDeleteSessionMethod().getFullMethodName(),
          SessionServiceGrpc.getFlushSessionMethod().getFullMethodName());

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    var isLimited = options.getDeadline() != null || Context.current().getDeadline() != null;
    if (isLimited || !method.getType().serverSendsOneMessage())
      return next.newCall(method, options);
    var seconds = SLOW.contains(method.getFullMethodName()) ? KERNEL_SECONDS : ANSWER_SECONDS;
    return next.newCall(method, options.withDeadlineAfter(seconds, TimeUnit.SECONDS));
  }
}
