/** Bundled as text (wrangler.toml, rules); beside the script because TypeScript finds the script before a pattern. */
declare const text: string;
export default text;
