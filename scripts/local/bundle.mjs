/** How large the Worker may be: DESIGN §9. */

export const LIMIT_BYTES = 400 * 1024;

/**
 * @param {readonly { name: string, bytes: number, gzipped: number }[]} modules all that is uploaded
 * @returns {{ fits: boolean, text: string }}
 */
export function judgeBundle(modules) {
  const bytes = sum(modules.map((module) => module.bytes));
  const gzipped = sum(modules.map((module) => module.gzipped));
  if (bytes === 0) return { fits: false, text: "The bundle is empty." };
  const size = `The bundle has ${kibibytes(bytes)} in ${modules.length} modules, gzipped ${kibibytes(gzipped)}`;
  const fits = gzipped <= LIMIT_BYTES;
  return { fits, text: `${size}: ${fits ? "within" : "over"} the limit of ${kibibytes(LIMIT_BYTES)}.` };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function kibibytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
