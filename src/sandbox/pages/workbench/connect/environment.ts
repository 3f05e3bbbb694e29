import { type Html, html } from "../../shared/html.ts";
import { codeView, copyButton } from "../shared/code-view.ts";
import { shellQuote } from "../shared/shell-quote.ts";

type Environment = Readonly<Record<string, string>>;

/** The lines of an .env file. */
function dotenvLines(env: Environment): string {
  return lines(env, (name, value) => `${name}=${value}`);
}

/** For bash, zsh and ksh. */
export function shellLines(env: Environment): string {
  return lines(env, (name, value) => `export ${name}=${shellQuote(value)}`);
}

/** For PowerShell. */
export function powershellLines(env: Environment): string {
  return lines(env, (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`);
}

/** Options of `docker run`; from inside of a container this machine has another name. */
export function dockerLines(env: Environment): string {
  const options = lines(
    env,
    (name, value) =>
      `  -e ${name}=${shellQuote(value.replace(/^(https?:\/\/)(?:127\.0\.0\.1|localhost)(?=[:/]|$)/, "$1host.docker.internal"))} \\`,
  );
  return `docker run --rm \\\n${options}\n  your-image`;
}

function lines(env: Environment, line: (name: string, value: string) => string): string {
  return Object.entries(env)
    .map(([name, value]) => line(name, value))
    .join("\n");
}

/** The environment variables, for each place where one writes them. */
export function environmentView(env: Environment): Html {
  return html`<section class="panel" id="environment" aria-labelledby="env-title">
<header><h2 id="env-title">Environment variables</h2></header>
<p>With them <code>Enode.fromEnv()</code> finds this sandbox. What is secret here opens nothing but this sandbox.</p>
${blockView("env", "Lines of an .env file", dotenvLines(env))}
<details><summary>bash, zsh</summary>${blockView("env-shell", "Lines for a shell", shellLines(env))}</details>
<details><summary>PowerShell</summary>${blockView("env-powershell", "Lines for PowerShell", powershellLines(env))}</details>
<details><summary>Docker</summary>${blockView("env-docker", "Command of Docker", dockerLines(env))}
<p class="hint">The sandbox listens on 127.0.0.1 only, which Docker Desktop reaches as <code>host.docker.internal</code>. On Linux use <code>docker run --network host --env-file .env</code>, with the lines of the .env file.</p></details></section>`;
}

function blockView(id: string, title: string, text: string): Html {
  return html`${codeView(id, title, text)}
<p>${copyButton(id, title)}</p>`;
}
