import { type MessageStream, Messages } from "../../src/report/messages.ts";

/** What is written to standard error. */
export function written(say: (messages: Messages) => void, stream: Omit<MessageStream, "write"> = {}): string {
  const parts: string[] = [];
  say(new Messages({ ...stream, write: (part) => parts.push(part) }));
  return parts.join("");
}
