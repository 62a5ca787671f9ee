/** A TCP proxy that loses a message at the worst moment: before it arrives, or after it was obeyed. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Begins what a Bolt client sends to begin a transaction. */
export const boltBegin = Uint8Array.of(0xb1, 0x11);

/** What a Bolt client sends to commit: a chunk of two bytes, the COMMIT message, the end mark. */
export const boltCommit = Uint8Array.of(0x00, 0x02, 0xb0, 0x12, 0x00, 0x00);

/** Stands in a Bolt server's answer to COMMIT and in no other of an explicit transaction, even if they are pipelined. */
export const boltCommitAnswer = new TextEncoder().encode('bookmark');

export interface CutOptions {
  /** Whether the bytes of the pattern still reach the server. */
  readonly forward: boolean;
  /**
   * When they do: cut after the server's next bytes (`true`), after its bytes contain this pattern, or at once
   * (`false`). None of those bytes reaches the client. @default true
   */
  readonly afterReply?: boolean | Uint8Array;
}

export interface TcpProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /**
   * Cuts the next connection whose client sends `pattern`, once; what came before it is forwarded. Resolves when cut.
   * A pattern that arrives in parts is found too: all but its last part has reached the server then.
   */
  cutAfterClientSends(pattern: Uint8Array, options: CutOptions): Promise<void>;
  /** Holds back what the next client sends, from the bytes that contain `pattern` on, for some milliseconds; once. */
  holdWhenClientSends(pattern: Uint8Array, ms: number): Promise<void>;
  /** Cuts all connections, as a server does that starts anew. */
  cutAll(): void;
  /** Cuts all connections and refuses new ones. */
  close(): Promise<void>;
}

interface Cut extends CutOptions {
  readonly pattern: Buffer;
  /** Nothing is cut, but held for so long. */
  readonly holdMs?: number;
  readonly done: () => void;
}

/** Starts a proxy on a free port. */
export async function startTcpProxy(options: { target: { host: string; port: number } }): Promise<TcpProxy> {
  const armed: Cut[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const target = connect(options.target);
    relay(client, target, armed);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    cutAfterClientSends: (pattern, how) =>
      new Promise(done => armed.push({ ...how, pattern: Buffer.from(pattern), done })),
    holdWhenClientSends: (pattern, holdMs) =>
      new Promise(done => armed.push({ forward: true, holdMs, pattern: Buffer.from(pattern), done })),
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function relay(client: Socket, target: Socket, armed: Cut[]): void {
  let awaited: Cut | undefined; // its pattern was forwarded: answers are withheld
  let sent = Buffer.alloc(0);
  let answered = Buffer.alloc(0);
  let held: Buffer[] | undefined;
  const drop = (): void => {
    client.destroy();
    target.destroy();
  };
  const cut = ({ done }: Cut): void => {
    drop();
    done();
  };
  client.setNoDelay(true);
  target.setNoDelay(true);
  client.on('error', drop).on('close', drop);
  target.on('error', drop).on('close', drop);

  const hold = ({ holdMs, done }: Cut, chunk: Buffer): void => {
    held = [chunk];
    setTimeout(() => {
      for (const part of held ?? []) if (target.writable) target.write(part);
      held = undefined;
      done();
    }, holdMs);
  };

  client.on('data', chunk => {
    if (held) {
      held.push(chunk);
      return;
    }
    const before = sent.length;
    sent = Buffer.concat([sent, chunk]);
    const place = ({ pattern }: Cut): number => sent.indexOf(pattern, Math.max(0, before - pattern.length + 1));
    const hit = armed.find(one => place(one) >= 0);
    if (!hit) {
      target.write(chunk);
      sent = sent.subarray(-longest(armed));
      return;
    }
    armed.splice(armed.indexOf(hit), 1);
    if (hit.holdMs !== undefined) {
      hold(hit, chunk);
    } else if (!hit.forward) {
      const unsent = sent.subarray(before, Math.max(before, place(hit)));
      target.write(unsent, () => cut(hit));
    } else if (hit.afterReply === false) {
      target.write(chunk, () => cut(hit));
    } else {
      awaited = hit;
      target.write(chunk);
    }
    sent = Buffer.alloc(0);
  });

  target.on('data', chunk => {
    if (!awaited) {
      client.write(chunk);
      return;
    }
    answered = Buffer.concat([answered, chunk]);
    const { afterReply } = awaited;
    if (!(afterReply instanceof Uint8Array) || answered.includes(Buffer.from(afterReply))) cut(awaited);
  });
}

/** How many bytes to keep of what was sent, to find a pattern that arrives in parts. */
function longest(armed: readonly Cut[]): number {
  return Math.max(1, ...armed.map(({ pattern }) => pattern.length - 1));
}
