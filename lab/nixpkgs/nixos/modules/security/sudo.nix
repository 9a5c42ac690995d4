# Stands in for: nixos/modules/security/sudo.nix.
# Not modelled: /etc/sudoers is Debian's; ours is sudoers.d/zz-nixos, checked by visudo before it is put there.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.sudo;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  names =
    default: description:
    mkOption {
      type = types.listOf (types.either types.str types.int);
      inherit default description;
    };
  who = rule: map toString rule.users ++ map (group: "%${toString group}") rule.groups;
  command =
    given:
    if lib.isString given then
      given
    else
      lib.concatStrings (map (option: "${option}:") given.options) + given.command;
  ruleLines = lib.concatMapStrings (
    rule:
    lib.concatMapStrings (
      name: "${name} ${rule.host}=(${rule.runAs}) ${lib.concatMapStringsSep ", " command rule.commands}\n"
    ) (who rule)
  ) cfg.extraRules;
in
{
  options.security.sudo = {
    enable = flag true "Whether sudo is there.";
    wheelNeedsPassword = flag true "Whether members of wheel must give a password.";
    execWheelOnly = flag false "Whether only wheel may run sudo; accepted, not applied.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "More lines of the sudoers file.";
    };
    extraRules = mkOption {
      default = [ ];
      description = "Rules.";
      type = types.listOf (
        types.submodule {
          options = {
            users = names [ ] "Accounts.";
            groups = names [ ] "Groups.";
            host = mkOption {
              type = types.str;
              default = "ALL";
              description = "The host.";
            };
            runAs = mkOption {
              type = types.str;
              default = "ALL:ALL";
              description = "As whom.";
            };
            commands = mkOption {
              description = "The commands.";
              type = types.listOf (
                types.either types.str (
                  types.submodule {
                    options = {
                      command = mkOption {
                        type = types.str;
                        description = "The command.";
                      };
                      options = mkOption {
                        type = types.listOf (
                          types.enum [
                            "NOPASSWD"
                            "PASSWD"
                            "NOEXEC"
                            "EXEC"
                            "SETENV"
                            "NOSETENV"
                            "LOG_INPUT"
                            "NOLOG_INPUT"
                            "LOG_OUTPUT"
                            "NOLOG_OUTPUT"
                            "MAIL"
                            "NOMAIL"
                            "FOLLOW"
                            "NOFLLOW"
                            "INTERCEPT"
                            "NOINTERCEPT"
                          ]
                        );
                        default = [ ];
                        description = "Tags of the command.";
                      };
                    };
                  }
                )
              );
            };
          };
        }
      );
    };
  };

  config = lib.mkIf cfg.enable {
    security.sudo.extraRules = lib.mkBefore [
      {
        groups = [ "wheel" ];
        commands = [
          {
            command = "ALL";
            options = [
              (if cfg.wheelNeedsPassword then "PASSWD" else "NOPASSWD")
              "SETENV"
            ];
          }
        ];
      }
    ];
    users.groups.wheel = { };
    environment.etc."sudoers.d/zz-nixos" = {
      mode = "0440";
      text = "# Written by NixOS, do not edit.\n${ruleLines}${cfg.extraConfig}\n";
    };
  };
}
