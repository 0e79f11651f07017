/** Sessions of the in-process engine, each set up for one statement and kept for the next of the same kind. */
import { Session } from "chdb";

/** What a session is set to before a statement runs in it. */
export interface SessionSetup {
  readonly database: string;
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** As the protocol carries them: in the escaped text format. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export interface SessionPool {
  /** Runs something in a session of its own. `reusable`: it leaves the session as it was. */
  within<Result>(setup: SessionSetup, reusable: boolean, run: (session: Session) => Promise<Result>): Promise<Result>;
  /** To be called when nothing runs. */
  close(): void;
}

/** The engine runs on the threads of libuv, of which there are four: more statements wait for their turn. */
const RUNNING = 4;
/** Sessions that wait for a statement with the same setup. */
const IDLE = 16;

/** A session of the folder is open already, and stays so. */
export function createSessionPool(folder: string): SessionPool {
  const idle = new Map<string, Session[]>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const take = async (setup: SessionSetup): Promise<Session> => {
    const kept = idle.get(keyOf(setup))?.pop();
    const session = kept ?? new Session(folder);
    try {
      if (kept === undefined) for (const sql of setupStatements(setup)) await session.queryAsync(sql);
      for (const [name, value] of setup.parameters) await session.queryAsync(`SET param_${name} = ${literal(value)}`);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  };
  const keep = (setup: SessionSetup, session: Session): void => {
    const key = keyOf(setup);
    const same = idle.get(key) ?? [];
    // What was used last stands last.
    idle.delete(key);
    idle.set(key, [...same, session]);
    if ([...idle.values()].reduce((sum, list) => sum + list.length, 0) <= IDLE) return;
    const [oldest, list] = [...idle].find(([, sessions]) => sessions.length > 0) ?? [key, []];
    list.shift()?.close();
    if (list.length === 0) idle.delete(oldest);
  };

  return {
    async within(setup, reusable, run) {
      if (running >= RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        const session = await take(setup);
        try {
          return await run(session);
        } finally {
          if (reusable) keep(setup, session);
          else session.close();
        }
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
    close() {
      for (const session of [...idle.values()].flat()) session.close();
      idle.clear();
    },
  };
}

/** Sessions whose parameters have the same names are alike: the values are set anew for every statement. */
function keyOf({ database, settings, parameters }: SessionSetup): string {
  return JSON.stringify([database, settings, parameters.map(([name]) => name)]);
}

function setupStatements({ database, settings }: SessionSetup): string[] {
  const use = database === "" || database === "default" ? [] : [`USE ${identifier(database)}`];
  return [...use, ...settings.map(([name, value]) => `SET ${name} = ${literal(value)}`)];
}

function literal(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&").replaceAll("\0", "\\0")}'`;
}

function identifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, "\\$&")}\``;
}
