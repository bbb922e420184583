/**
 * One end of the demo's TCP connection: `demo-peer.js serve|connect HOST PORT`.
 * The server answers one connection and ends; it prints a line when it is listening.
 */
import { connect, createServer } from "node:net";

const [, , role, host = "", port = ""] = process.argv;

if (role === "serve") {
  const server = createServer((socket) => {
    socket.on("data", () => socket.end("and hello from the other end\n"));
    server.close();
  });
  server.listen(Number(port), host, () => process.stdout.write("listening\n"));
} else {
  const socket = connect(Number(port), host, () => socket.write("hello from this end\n"));
  socket.resume();
}
