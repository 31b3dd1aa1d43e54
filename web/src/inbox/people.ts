import type { QueryClient } from "@tanstack/react-query";
import type { MentionPerson } from "@/ui/RichText";
import { usersQuery } from "./queries";

/** Colleagues whose name begins, or has a word that begins, with what was typed after the @. */
export async function findPeople(queries: QueryClient, query: string): Promise<MentionPerson[]> {
  const wanted = query.trim().toLowerCase();
  const users = await queries.fetchQuery(usersQuery).catch(() => []);
  return users
    .filter(({ name }) => {
      const lower = name.toLowerCase();
      return lower.startsWith(wanted) || lower.split(/\s+/).some((w) => w.startsWith(wanted));
    })
    .slice(0, 8)
    .map(({ id, name }) => ({ id, label: name }));
}
