/** UTC calendar arithmetic (proleptic Gregorian, no leap seconds), without a clock or a time zone. */

const DAY_SECONDS = 86_400;
/** Days of 400 Gregorian years, after which the calendar repeats. */
const ERA_DAYS = 146_097;
/** Days from 0000-03-01 to 1970-01-01. Years that begin in March have their leap day last. */
const EPOCH_DAYS = 719_468;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Seconds since the epoch of `YYYY-MM-DD HH:MM` in UTC; `null` for any other text and for days that do not exist. */
export function fromUtcText(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts;
  if (day < 1 || day > daysOfMonth(year, month) || hour > 23 || minute > 59) return null;
  return daysSinceEpoch(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60;
}

/** The minute in which a second lies, as `YYYY-MM-DD HH:MM` in UTC; years above 9999 have more digits. */
export function toUtcText(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS);
  const minutes = Math.floor((seconds - days * DAY_SECONDS) / 60);
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / (ERA_DAYS - 1));
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - daysBefore(yearOfEra);
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const year = era * 400 + yearOfEra + (month < 3 ? 1 : 0);
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date} ${padded(Math.floor(minutes / 60), 2)}:${padded(minutes % 60, 2)}`;
}

/** 0 for a month that does not exist. */
function daysOfMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month < 3 ? year - 1 : year;
  const marchMonth = month < 3 ? month + 9 : month - 3;
  const era = Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  return era * ERA_DAYS + daysBefore(marchYear - era * 400) + dayOfYear - EPOCH_DAYS;
}

/** Days of an era before its given year. */
function daysBefore(yearOfEra: number): number {
  return yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
