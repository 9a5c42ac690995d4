/** What the lab's GitHub answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const docs = "https://docs.github.com/rest";
export const refuse = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { message, documentation_url: docs, status: String(status) },
  headers,
});
export const notFound = refuse(404, "Not Found");

export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
