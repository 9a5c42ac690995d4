import { equal } from "node:assert/strict";
import { gitHubServer } from "../../runners/github-server.js";

describe("the stand-in of GitHub", () => {
  const server = gitHubServer();

  it("refuses a spent token, and a second runner of one name", async () => {
    const token = await server.runners("right").registrationToken();
    equal((await server.register("twin", token)).status, 200);
    equal((await server.register("twin", token)).status, 409);
    server.github.moveClock(3601);
    equal((await server.register("late", token)).status, 404);
  });
});
