import { equal } from "node:assert/strict";
import { goQuote } from "../../../../lab/plugins/go-quote.js";

describe("goQuote", () => {
  it("quotes as the real plugins' language does", () => {
    equal(goQuote('a "b" \\ c'), String.raw`"a \"b\" \\ c"`);
    equal(
      goQuote("tab\tline\nbell\x07escape\x1bdelete\x7f"),
      String.raw`"tab\tline\nbell\aescape\x1bdelete\x7f"`,
    );
    equal(goQuote("é → 😀\u00a0\u200b"), String.raw`"é → 😀\u00a0\u200b"`);
  });
});
