import {
  CfnFirewallDomainList,
  CfnFirewallRuleGroup,
  CfnFirewallRuleGroupAssociation,
} from 'aws-cdk-lib/aws-route53resolver';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Stage } from './stage.ts';

/** Priority of the rule group, from 101 to 8999 (Amazon Route 53, AssociateFirewallRuleGroup). */
const PRIORITY = 101;

/**
 * The names that tasks may look up. Security groups and routes do not affect lookups, which leave the network through
 * AWS's own resolver: a lookup below a domain of an attacker would send a text to the attacker.
 */
export function createNameFirewall(
  parent: Construct,
  { name }: Stage,
  { vpc }: Network,
  hosts: readonly string[],
): void {
  const scope = new Construct(parent, 'NameFirewall');
  const known = new CfnFirewallDomainList(scope, 'Known', { domains: [...hosts] });
  const all = new CfnFirewallDomainList(scope, 'All', { domains: ['*'] });
  const rules = new CfnFirewallRuleGroup(scope, 'Rules', {
    name: `flowserv-${name}`,
    firewallRules: [
      {
        priority: 1,
        action: 'ALLOW',
        firewallDomainListId: known.attrId,
        // AWS resolves these names to others of its own.
        firewallDomainRedirectionAction: 'TRUST_REDIRECTION_DOMAIN',
      },
      { priority: 2, action: 'BLOCK', blockResponse: 'NXDOMAIN', firewallDomainListId: all.attrId },
    ],
  });
  new CfnFirewallRuleGroupAssociation(scope, 'Association', {
    firewallRuleGroupId: rules.attrId,
    vpcId: vpc.vpcId,
    priority: PRIORITY,
    mutationProtection: 'DISABLED',
  });
}
