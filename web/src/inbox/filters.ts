import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { FilterField } from "@/lib/filters";
import { t } from "@/messages";
import { filterFieldsOf, useFieldDefinitions } from "@/records/fields";
import { channelName, priorityName } from "@/ui/marks";
import { statusName } from "./names";
import { tagsQuery, teamsQuery, usersQuery } from "./queries";
import { channels, statuses } from "./types";

/** What the list of tickets can be filtered by, the workspace's own fields included. */
export function useTicketFilterFields(): { fields: FilterField[]; isSettled: boolean } {
  const own = useFieldDefinitions("tickets");
  const { data: users } = useQuery(usersQuery);
  const { data: teams } = useQuery(teamsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const fields = useMemo<FilterField[]>(() => {
    const option = (id: string, label: string, options: { value: string; label: string }[]) => ({
      id,
      label,
      type: "option" as const,
      options,
    });
    const named = (list: readonly { id: string; name: string }[] = []) =>
      list.map(({ id, name }) => ({ value: id, label: name }));
    return [
      option(
        "status",
        t("inbox.status"),
        statuses.map((s) => ({ value: s, label: statusName(s) })),
      ),
      option(
        "priority",
        t("inbox.priority"),
        [1, 2, 3, 4].map((p) => ({ value: String(p), label: priorityName(p) })),
      ),
      option(
        "channel",
        t("inbox.channel"),
        channels.map((c) => ({ value: c, label: channelName(c) })),
      ),
      option("assigneeId", t("inbox.assignee"), [
        { value: "none", label: t("ui.unassigned") },
        ...named(users),
      ]),
      option("teamId", t("inbox.team"), [
        { value: "none", label: t("inbox.noTeam") },
        ...named(teams),
      ]),
      option("tag", t("inbox.tag"), named(tags)),
      { id: "unread", label: t("inbox.unread"), type: "boolean" },
      { id: "type", label: t("inbox.type"), type: "text" },
      { id: "category", label: t("inbox.category"), type: "text" },
      { id: "createdAt", label: t("inbox.created"), type: "date" },
      { id: "updatedAt", label: t("inbox.updated"), type: "date" },
      ...filterFieldsOf(own.fields),
    ];
  }, [own.fields, users, teams, tags]);
  return { fields, isSettled: own.isSettled };
}
