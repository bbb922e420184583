// Package ipftrace is a client of ipftraced, which tells which Linux kernel functions each
// packet went through, when, and why it was dropped if it was.
//
// A [Client] is made by [Dial]. [Client.Trace] starts a trace, or reads a session, and
// [Trace.Events] ranges over what it tells: journeys with the names of their functions and
// interfaces, losses, heartbeats, and the end with the account. [Trace.Journeys] leaves out
// everything but journeys.
//
// The messages of the contract are in the package ipftracev1; [Client.Traces] and
// [Client.Sessions] call its other methods.
//
// # Ends and deadlines
//
// [Trace.Stop] ends a trace in good order: what is open is still delivered, then the account.
// Leaving the loop, or cancelling the context, ends it at once, and nothing more is told.
// A trace has no deadline: the context's is kept by this package, not sent to the server. To
// end a trace after a time use TraceOptions.duration_ms. Every other call that has no deadline gets one.
//
// # Slow readers
//
// A trace is read only as fast as its loop runs. What the server must drop meanwhile it tells
// as a [Loss], at LOSS_STAGE_QUEUE.
package ipftrace
