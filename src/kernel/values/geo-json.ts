import type { Mimebundle } from "../dict.js"
import { plainJson } from "../plain-json.js"
import { isPlainObject, type Specimen } from "./specimen.js"

/** The types of RFC 7946, and the member that each must have as an array. */
const members: Readonly<Record<string, string>> = {
  FeatureCollection: "features",
  GeometryCollection: "geometries",
  Point: "coordinates",
  MultiPoint: "coordinates",
  LineString: "coordinates",
  MultiLineString: "coordinates",
  Polygon: "coordinates",
  MultiPolygon: "coordinates",
}

/** Plain objects that are GeoJSON: a map, where the page draws maps. */
export function showGeoJson(specimen: Specimen): Mimebundle | undefined {
  if (!isPlainObject(specimen.value) || !isGeoJson(specimen)) return undefined
  return { "application/geo+json": plainJson(specimen.value) }
}

function isGeoJson(specimen: Specimen): boolean {
  const type = specimen.get("type")
  if (typeof type !== "string") return false
  if (type === "Feature")
    return isGeometry(specimen.get("geometry")) && specimen.get("properties") !== undefined
  return Object.hasOwn(members, type) && Array.isArray(specimen.get(members[type]!))
}

/** A feature without a place has null. */
function isGeometry(value: unknown): boolean {
  if (!isPlainObject(value)) return value === null
  const { type } = value
  return typeof type === "string" && Object.hasOwn(members, type)
}
