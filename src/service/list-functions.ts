/** The RPC ListFunctions. */
import type { Collector } from "../collector/collector.js";
import { IpftraceError } from "../errors.js";
import { quote } from "../filter/quote.js";
import type { ListFunctionsRequest, ListFunctionsResponse } from "../gen/ipftrace/v1/trace_service.js";
import { checkRegex, manifestOf } from "./request.js";

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/** One page. @throws IpftraceError INVALID_INPUT */
export async function listFunctions(
  collector: Collector,
  request: ListFunctionsRequest,
): Promise<ListFunctionsResponse> {
  const start = parseToken(request.pageToken);
  const violations = checkRegex("function_regex", request.functionRegex);
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  const pageSize = Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const source = request.manifestSource;
  const manifest = source === undefined ? undefined : manifestOf(source);
  const all = await collector.functions(manifest, request.functionRegex);
  const found = all.filter(({ name }) => name.includes(request.nameContains));
  const end = start + pageSize;
  return {
    functions: found.slice(start, end),
    nextPageToken: end < found.length ? String(end) : "",
    totalSize: found.length,
  };
}

/** A token is the number of functions on the pages before. */
function parseToken(token: string): number {
  if (token === "") return 0;
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw IpftraceError.invalid([
    { field: "page_token", description: `${quote(token)} is not a token of an earlier answer` },
  ]);
}
