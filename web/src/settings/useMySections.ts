import { allows, useSession } from "@/api/session";
import { type SectionGroup, type SettingsSection, sectionGroups } from "./sections";

/** The groups of pages that the person's permissions open. */
export function useMySections(): readonly SectionGroup[] {
  const { user } = useSession();
  const mine = (section: SettingsSection) =>
    section.permissions.length === 0 ||
    section.permissions.some((p) => allows(user.permissions, p));
  return sectionGroups
    .map((group) => ({ ...group, sections: group.sections.filter(mine) }))
    .filter((group) => group.sections.length > 0);
}
