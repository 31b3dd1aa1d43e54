import { allows, useSession } from "@/api/session";
import { type Area, areas } from "@/app/areas";

/** The areas that the person's permissions open. */
export function useMyAreas(): readonly Area[] {
  const { user } = useSession();
  return areas.filter(
    (a) => a.permissions.length === 0 || a.permissions.some((p) => allows(user.permissions, p)),
  );
}
