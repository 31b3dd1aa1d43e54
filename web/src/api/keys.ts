/**
 * Query keys. The first part is the resource's name in the API, so that an event
 * about tickets can refresh everything that starts with "tickets":
 *
 *   keys.list("tickets", { status: "open" })   ["tickets", "list", { … }]
 *   keys.one("tickets", id)                    ["tickets", "one", id]
 *   keys.part("tickets", id, "messages")       ["tickets", "one", id, "messages"]
 */
export const keys = {
  all: (resource: string) => [resource] as const,
  lists: (resource: string) => [resource, "list"] as const,
  list: (resource: string, params: object = {}) => [resource, "list", params] as const,
  one: (resource: string, id: string) => [resource, "one", id] as const,
  part: (resource: string, id: string, part: string, params: object = {}) =>
    [resource, "one", id, part, params] as const,
};
