import { itRefusesHost } from "./refusals.js";

describe("the config of accounts", () => {
  itRefusesHost({
    "an account without a key": [
      { users: { beau: { keys: [] } } },
      /users\.beau\.keys: give at least one public key/,
    ],
    "a key that is none": [{ users: { beau: { keys: ["ssh-rsa x"] } } }, /users\.beau\.keys\[0\]: /],
  });
});
