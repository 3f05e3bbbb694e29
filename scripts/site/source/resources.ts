import ts from "typescript";
import { type OperationId, operations } from "../../../generated/operations.ts";
import { type DocComment, readComment } from "./comments.ts";
import { exportedClasses, hasModifier, literalsIn, parse } from "./parse.ts";

/** A parameter of a method, as it is declared. */
export interface MethodParameter {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
}

/** A method of a resource. */
export interface Method {
  readonly name: string;
  /** How one calls it: `enode.vehicles.actions.wait`. */
  readonly call: string;
  readonly parameters: readonly MethodParameter[];
  /** What it returns, as it is declared. */
  readonly returns: string;
  readonly comment: DocComment;
  /** The operations that it sends; those that it sends under a condition, too. */
  readonly operations: readonly OperationId[];
}

/** A resource of the client, with those that hang on it. */
export interface Resource {
  /** The member of the client: `vehicles`. */
  readonly name: string;
  /** Its class: `Vehicles`. */
  readonly type: string;
  readonly comment: DocComment;
  readonly methods: readonly Method[];
}

/** What a class needs to be told of the place where it is used. */
interface Place {
  readonly call: string;
  /** The operations that its constructor was given, which its methods go by. */
  readonly given: readonly OperationId[];
}

/** Methods that reach operations through other files. */
const indirect: Readonly<Record<string, readonly OperationId[]>> = {
  "Users.get": ["getUser"],
  "Users.erase": ["deleteUser"],
  "Users.resumeErasures": ["deleteUser"],
  "Webhooks.ensure": ["listWebhooks", "createWebhook", "updateWebhook", "deleteWebhook"],
};

/** Which of the operations that the constructor of `Actions` was given a method sends. */
const ofActions: Readonly<Record<string, number>> = { get: 0, cancel: 1, wait: 0 };

/** Reads all resources of the client, in the order in which it has them. */
export function readResources(): Resource[] {
  const [client] = exportedClasses(parse("src/enode.ts"));
  return [...(client?.members ?? [])]
    .filter(ts.isPropertyDeclaration)
    .filter((member) => hasModifier(member, ts.SyntaxKind.DeclareKeyword))
    .map((member) => {
      const name = member.name.getText();
      const type = member.type?.getText() ?? "";
      const declaration = classOf(type);
      const place = { call: `enode.${name}`, given: [] };
      return {
        name,
        type,
        comment: readComment(declaration),
        methods: methodsOf(declaration, place),
      };
    });
}

/** The class of a resource, from the file of its name. */
function classOf(type: string): ts.ClassDeclaration {
  const file = type.replaceAll(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
  const found = exportedClasses(parse(`src/resources/${file}.ts`)).find(
    (each) => each.name?.text === type,
  );
  if (!found) throw new Error(`src/resources/${file}.ts has no class ${type}.`);
  return found;
}

/** The methods of a class, and then those of the resources that hang on it. */
function methodsOf(declaration: ts.ClassDeclaration, place: Place): Method[] {
  const own = declaration.members
    .filter(ts.isMethodDeclaration)
    .filter(isPublic)
    .map((member) => methodOf(declaration, member, place));
  const inner = declaration.members
    .filter(ts.isPropertyDeclaration)
    .filter(isPublic)
    .flatMap((member) => {
      if (!member.initializer) return [];
      const type = (member.type?.getText() ?? "").replace(/<.*/, "");
      const call = `${place.call}.${member.name.getText()}`;
      return methodsOf(classOf(type), { call, given: operationsIn(member.initializer) });
    });
  return [...own, ...inner];
}

function methodOf(
  declaration: ts.ClassDeclaration,
  member: ts.MethodDeclaration,
  { call, given }: Place,
): Method {
  const name = member.name.getText();
  const type = declaration.name?.text ?? "";
  const named = operationsIn(member);
  const chosen = type === "Actions" ? given[ofActions[name] ?? -1] : undefined;
  const found = chosen === undefined ? (indirect[`${type}.${name}`] ?? named) : [chosen];
  return {
    name,
    call: `${call}.${name}`,
    parameters: member.parameters.map((parameter) => ({
      name: `${parameter.dotDotDotToken ? "..." : ""}${parameter.name.getText()}`,
      type: oneLine(parameter.type?.getText() ?? ""),
      isOptional: parameter.questionToken !== undefined || parameter.initializer !== undefined,
    })),
    returns: oneLine(member.type?.getText() ?? ""),
    comment: readComment(member),
    operations: found,
  };
}

/** Members that start with `#` have no modifier that says that they are private. */
function isPublic(member: ts.MethodDeclaration | ts.PropertyDeclaration): boolean {
  return (
    !ts.isPrivateIdentifier(member.name) && !hasModifier(member, ts.SyntaxKind.ProtectedKeyword)
  );
}

function operationsIn(node: ts.Node): OperationId[] {
  return [...new Set(literalsIn(node))].filter((text): text is OperationId =>
    Object.hasOwn(operations, text),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/^\| /g, "");
}
