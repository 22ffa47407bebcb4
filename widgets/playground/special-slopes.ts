/** A slope that has a name. */
export interface SpecialSlope {
  readonly name: string
  readonly slope: number
  readonly meaning: string
}

export const specialSlopes: readonly SpecialSlope[] = [
  {
    name: "|x|",
    slope: -1,
    meaning: "the absolute value: two inputs share one output.",
  },
  {
    name: "ReLU",
    slope: 0,
    meaning: "what is below 0 becomes 0, and so does its derivative: it teaches nothing.",
  },
  {
    name: "leaky ReLU",
    slope: 0.01,
    meaning: "a hundredth of what is below 0 passes. The slope is fixed, not learned.",
  },
  {
    name: "PReLU's start",
    slope: 0.25,
    meaning: "where He et al. 2015 and Caffe begin; training moves each channel's slope.",
  },
  { name: "identity", slope: 1, meaning: "y = x, no bend: the layer could be left out." },
]

/** What a slope means: a special one, or the region that it lies in. */
export function caseOf(slope: number): Pick<SpecialSlope, "name" | "meaning"> {
  const special = specialSlopes.find((each) => each.slope === slope)
  if (special) return special
  if (slope < 0)
    return {
      name: "negative slope",
      meaning: "the left arm points up: y is not monotonic. Trained nets do have such channels.",
    }
  if (slope > 1)
    return {
      name: "slope above 1",
      meaning: "steeper below 0 than above. The shorthand max(x, a·x), dashed, is another function here.",
    }
  return {
    name: "PReLU",
    meaning: "what is below 0 is scaled down, not lost.",
  }
}
