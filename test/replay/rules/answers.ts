/** What rules put in place of a recorded answer. */
import type { JsonObject, RecordedResponse } from "../recording.ts";

/** An error as JSON; its text is not compared. */
export function refusal(status: number, error: string): RecordedResponse {
  return { status, headers: { "content-type": "application/json" }, json: { error } };
}

export function page(status: number): RecordedResponse {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, html: { title: "", headings: [] } };
}

/** The JSON object of an answer; an empty one if there is none. */
export function membersOf({ json }: RecordedResponse): JsonObject {
  return json !== null && typeof json === "object" && !Array.isArray(json) ? json : {};
}

export function isError(expected: RecordedResponse, status: number, description: RegExp): boolean {
  const { error_description: text } = membersOf(expected);
  return expected.status === status && typeof text === "string" && description.test(text);
}
