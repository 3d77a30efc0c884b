/** DNS over HTTPS in its JSON form, for a machine whose only name is `localhost`. */
import { createServer } from "node:http";

const RECORDS: Readonly<Record<string, { type: number; data: string }>> = {
  "1.0.0.127.in-addr.arpa PTR": { type: 12, data: "localhost." },
  "localhost. A": { type: 1, data: "127.0.0.1" },
};

export async function startResolver(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://resolver");
    const record = RECORDS[`${searchParams.get("name")} ${searchParams.get("type")}`];
    response.writeHead(200, { "content-type": "application/dns-json" });
    response.end(JSON.stringify(record ? { Status: 0, Answer: [{ TTL: 60, ...record }] } : { Status: 3 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}/dns-query`, stop };
}
