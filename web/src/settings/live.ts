import { keys } from "@/api/keys";
import { sessionQuery } from "@/api/session";
import { liveEffects } from "@/live/registry";

liveEffects.on("user.*", () => [keys.all("users")]);
liveEffects.on("team.*", () => [keys.all("teams"), keys.all("users")]);
liveEffects.on("field.*", () => [keys.all("fields")]);
liveEffects.on("tag.*", () => [keys.all("tags")]);
liveEffects.on("job.*", () => [keys.all("jobs")]);
liveEffects.on("escalation.*", () => [keys.all("escalation-contacts")]);
// What a role allows and what the workspace is called are also part of the session.
liveEffects.on("role.*", () => [keys.all("roles"), sessionQuery.queryKey]);
liveEffects.on("settings.*", () => [keys.all("settings"), sessionQuery.queryKey]);
