/** No test depends on another machine, or tells it anything: the Worker's `fetch` reaches this one only. */
const fetchAnywhere = globalThis.fetch;

globalThis.fetch = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
  const { hostname } = new URL(input instanceof Request ? input.url : String(input));
  if (hostname !== "localhost" && hostname !== "127.0.0.1") throw new Error(`a test must not reach ${hostname}`);
  return fetchAnywhere(input, init);
};
