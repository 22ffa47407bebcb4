import type { Trait } from "../../../kernel/widget.js"

type Fields = Readonly<Record<string, number>>

/** The front end counts months from 0, as Date does. */
const dayOf = (date: Date): Fields => ({
  year: date.getUTCFullYear(),
  month: date.getUTCMonth(),
  date: date.getUTCDate(),
})

const timeOf = (date: Date): Fields => ({
  hours: date.getUTCHours(),
  minutes: date.getUTCMinutes(),
  seconds: date.getUTCSeconds(),
  milliseconds: date.getUTCMilliseconds(),
})

function dateOf({ year = 1970, month = 0, date = 1, ...time }: Fields): Date {
  const { hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = time
  return new Date(Date.UTC(year, month, date, hours, minutes, seconds, milliseconds))
}

function trait(fieldsOf: (date: Date) => Fields): Trait {
  return {
    toPage: (value) => (value instanceof Date ? fieldsOf(value) : value),
    fromPage: (value) => (value === null ? null : dateOf(value as Fields)),
  }
}

const point = trait((date) => ({ ...dayOf(date), ...timeOf(date) }))

/** How the values of date controls cross: JSON has no Date. */
export const dates: Readonly<Record<string, Trait>> = {
  DatePicker: trait(dayOf),
  Datetime: point,
  NaiveDatetime: point,
  Time: trait(timeOf),
}
