/** The gateway's logging port; a pino logger fits as it is. */

type Write = (details: object, message: string) => void;

export interface GatewayLogger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const silent: Write = () => {};

/** Says nothing: the default when no logger is handed over. */
export const silentLogger: GatewayLogger = { debug: silent, info: silent, warn: silent, error: silent };
