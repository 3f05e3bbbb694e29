import ts from "typescript";
import type { Api } from "./api.ts";
import { sentNames } from "./references.ts";

const { factory } = ts;

/** Query parameters by which fewer records are found. */
const narrowing = /^(?:id|.+Id|vendor|vendorType|assetTypes)$/;

/**
 * Lets what callers may leave out be undefined as well: with `exactOptionalPropertyTypes` they could not
 * pass on what they may or may not have. A parameter that narrows stays as it is, because a value that got
 * lost on the way must not widen what is found. So do results, save those parts that are sent, too.
 */
export function optionalInputs(api: Api): ts.TransformerFactory<Declaration> {
  const names = sentNames(api);
  return (context) => {
    const widen = (isKept: (name: string) => boolean) => {
      const visit = (node: ts.Node): ts.Node => {
        const visited = ts.visitEachChild(node, visit, context);
        if (!isOptional(visited) || isKept(nameOf(visited))) return visited;
        return withType(visited, orUndefined(visited.type));
      };
      return visit;
    };
    const all = widen(() => false);
    const query = widen((name) => narrowing.test(name));
    const inOperations = (node: ts.Node): ts.Node => {
      if (ts.isPropertySignature(node) && nameOf(node) === "query") return query(node);
      if (ts.isPropertySignature(node) && nameOf(node) === "body") return all(node);
      return ts.visitEachChild(node, inOperations, context);
    };
    return (declaration) => {
      const { text } = declaration.name;
      if (text === "Operations") return ts.visitEachChild(declaration, inOperations, context);
      return names.has(text) ? ts.visitEachChild(declaration, all, context) : declaration;
    };
  };
}

export type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

interface OptionalMember extends ts.PropertySignature {
  type: ts.TypeNode;
}

function isOptional(node: ts.Node): node is OptionalMember {
  return (
    ts.isPropertySignature(node) && node.questionToken !== undefined && node.type !== undefined
  );
}

function nameOf(member: ts.PropertySignature): string {
  return ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : "";
}

function orUndefined(type: ts.TypeNode): ts.TypeNode {
  const others = ts.isUnionTypeNode(type) ? type.types : [type];
  return factory.createUnionTypeNode([
    ...others,
    factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword),
  ]);
}

/** The member with another type and the same comments, which belong to the node. */
function withType(member: OptionalMember, type: ts.TypeNode): ts.PropertySignature {
  const { modifiers, name, questionToken } = member;
  const changed = factory.createPropertySignature(modifiers, name, questionToken, type);
  return ts.setSyntheticLeadingComments(changed, ts.getSyntheticLeadingComments(member));
}
