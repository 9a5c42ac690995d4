import { z } from "zod";

const day = "(mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)";
const days = `${day}((\\.\\.|-|,)${day})*,?`;
const list = (number: string) => {
  const one = `${number}(\\.\\.${number})?(/[0-9]{1,4})?`;
  return `(\\*(/[0-9]{1,4})?|${one}(,${one})*)`;
};
const [year, month, dayOfMonth] = [
  list("[0-9]{4}"),
  list("(0?[1-9]|1[0-2])"),
  list("(0?[1-9]|[12][0-9]|3[01])"),
];
const date = `(${year}-)?${month}[-~]${dayOfMonth}`;
const [hour, minute] = [list("([01]?[0-9]|2[0-3])"), list("[0-5]?[0-9]")];
const time = `${hour}:${minute}(:${minute})?`;
const zone = "(UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+)+)";
const often = "(minutely|hourly|daily|weekly|monthly|quarterly|(semi|bi)-?annually|yearly|annually)";

/** The forms that people use of systemd.time(7), CALENDAR EVENTS. A timer with another text never fires. */
const calendar = new RegExp(
  `^(${often}|${days}( ${date})?( ${time})?|${date}( ${time})?|${time})( ${zone})?$`,
  "i",
);

export const calendarEvent = z
  .string()
  .regex(calendar, 'a calendar event of systemd.time(7), such as weekly or "Sun 04:00"');
