/** Pages lead somewhere: relative links, their anchors, and the files of the repository that pages name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = resolve(import.meta.dirname, "../..");
const pages = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function read(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

/** Without fenced blocks, in which a `[` is code. */
function prose(page: string): string {
  return read(page).replaceAll(/^```[^]*?^```$/gm, "");
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** What is wrong with a link, or null. */
function faultOf(page: string, link: string): string | null {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(root, resolve(root, dirname(page), path));
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return null;
  return `${link}: ${target} has no heading of that name`;
}

describe.each(pages)("%s", (page) => {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);

  it("links to pages, headings and files that exist", () => {
    const local = links.filter((link) => !/^https?:/.test(link));
    expect(local.map((link) => faultOf(page, link)).filter((fault) => fault !== null)).toEqual([]);
  });

  it("names files of the repository that exist", () => {
    const named = [...prose(page).matchAll(/`((?:schema|stores|ingest|subgraphs|gateway|cli|docs|tests)\/[\w./-]*)`/g)];
    const missing = named.map(([, path = ""]) => path).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it("names no path of somebody's machine", () => {
    expect(read(page)).not.toMatch(/\/(home|Users|root|work|tmp)\//);
  });
});

describe("the table of contents", () => {
  it("has every page", () => {
    const contents = read("docs/00-index.md");
    const names = pages.map((page) => page.replace("docs/", "")).filter((name) => !/^(00-index|CHANGELOG)/.test(name));
    expect(names.filter((name) => !contents.includes(`${name})`))).toEqual([]);
  });
});
