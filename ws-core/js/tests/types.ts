// What users write, as TypeScript checks it. Not run.

import { CallError, connect, open, PageConnection, type State } from "ws-core-client";

const ws: PageConnection = connect({ query: async () => ({ token: "x" }), protocols: ["a"] });
const state: State = ws.state;
const off: () => void = ws.on<{ percent: number }>("progress", ({ percent }, at) => console.log(percent.toFixed(), at?.topic, state));
off();
ws.on("any", (data) => console.log(data.anything));
ws.addEventListener("open", ({ detail }) => console.log(detail.resumed, detail.topics["jobs"]?.recovered));
ws.addEventListener("close", ({ detail }) => console.log(detail.code.toFixed(), detail.retry?.toFixed()), { once: true });
ws.addEventListener("drop", ({ detail }) => console.log(detail.type, detail.data));
ws.call<{ steps: number }>("start", { seconds: 3 }, { qos: 2, timeout: Infinity }).then(
  ({ steps }) => console.log(steps.toFixed()),
  (error: unknown) => error instanceof CallError && console.log(error.error, error.message),
);
if (ws.send("a") === "queued") ws.reconnect();

const own = open("/own", { query: { token: "x" } });
own.addEventListener("message", ({ detail }) => console.log(typeof detail === "string" ? detail : detail.byteLength));
own.send(new Uint8Array(1));
console.log(ws instanceof PageConnection);

// @ts-expect-error there is no such event
ws.addEventListener("opened", () => {});
// @ts-expect-error a page's events go to `on`
ws.addEventListener("message", () => {});
// @ts-expect-error there is no such level
ws.send("a", 1, { qos: 3 });
// @ts-expect-error `connect` makes the connection
new PageConnection();
// @ts-expect-error a promise would expire
connect({ query: Promise.resolve({}) });
// @ts-expect-error a part of the implementation
ws.socket;
// @ts-expect-error the state belongs to the connection
ws.state = "open";
