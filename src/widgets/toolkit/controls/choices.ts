import { type Chooser, choiceOfOne, choiceOfSome } from "./choice.js"
import type {
  DropdownState,
  RadioButtonsState,
  SelectionRangeSliderState,
  SelectionSliderState,
  SelectMultipleState,
  SelectState,
  ToggleButtonsState,
} from "./generated/index.js"

/**
 * One of several options, in a list that opens: `new controls.Dropdown({ options: ["relu", "prelu"] })`, or
 * `{ options: { quarter: 0.25, none: 0 } }` with labels. `value` is the option, `index` its position.
 */
export const Dropdown = choiceOfOne<DropdownState>("Dropdown")
export type Dropdown<T> = Chooser<DropdownState, T, T | null>

/** One of several options, all of them in sight. */
export const RadioButtons = choiceOfOne<RadioButtonsState>("RadioButtons")
export type RadioButtons<T> = Chooser<RadioButtonsState, T, T | null>

/** One of several options, in a list. */
export const Select = choiceOfOne<SelectState>("Select")
export type Select<T> = Chooser<SelectState, T, T | null>

/** Some of several options. */
export const SelectMultiple = choiceOfSome<SelectMultipleState>("SelectMultiple")
export type SelectMultiple<T> = Chooser<SelectMultipleState, T, readonly T[]>

/** One of several options, on a slider. */
export const SelectionSlider = choiceOfOne<SelectionSliderState>("SelectionSlider")
export type SelectionSlider<T> = Chooser<SelectionSliderState, T, T | null>

/** A first and a last one of several options. */
export const SelectionRangeSlider = choiceOfSome<SelectionRangeSliderState>("SelectionRangeSlider", [0, 0])
export type SelectionRangeSlider<T> = Chooser<SelectionRangeSliderState, T, readonly T[]>

/** One of several options, each a button. */
export const ToggleButtons = choiceOfOne<ToggleButtonsState>("ToggleButtons")
export type ToggleButtons<T> = Chooser<ToggleButtonsState, T, T | null>
