# Stands in for: nixos/modules/services/networking/ssh/sshd.nix.
# Not modelled: sshd itself and its host keys (Debian's); our settings are sshd_config.d/10-nixos.conf and sshd is
# reloaded when they change, its ports too. Host keys to generate are refused.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;
  # Modules such as sops-nix look them up; the lab's sshd has the host key of its card.
  defaultHostKeys = [
    {
      bits = 4096;
      path = "/etc/ssh/ssh_host_rsa_key";
      type = "rsa";
    }
    {
      path = "/etc/ssh/ssh_host_ed25519_key";
      type = "ed25519";
    }
  ];
  line =
    name: value:
    "${name} ${
      if lib.isBool value then
        (if value then "yes" else "no")
      else if lib.isList value then
        lib.concatStringsSep " " value
      else
        toString value
    }\n";
  setting = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.str
      (types.listOf types.str)
    ]
  );
  file = "ssh/sshd_config.d/10-nixos.conf";
in
{
  options.services.openssh = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether sshd runs.";
    };
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      description = "Ports that sshd listens on.";
    };
    startWhenNeeded = mkOption {
      type = types.bool;
      default = false;
      description = "Whether systemd starts an sshd for each connection.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the firewall lets the ports through.";
    };
    authorizedKeysInHomedir = mkOption {
      type = types.bool;
      default = true;
      description = "Whether keys in home directories count.";
    };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Files with authorized keys.";
    };
    hostKeys = mkOption {
      type = types.listOf types.attrs;
      default = defaultHostKeys;
      description = "Host keys to generate; other ones than the default are refused.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf setting;
        options = {
          PasswordAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether passwords are accepted.";
          };
          KbdInteractiveAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether keyboard-interactive authentication is accepted.";
          };
          PermitRootLogin = mkOption {
            type = types.nullOr (
              types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ]
            );
            default = "prohibit-password";
            description = "Whether root may log in.";
          };
        };
      };
      default = { };
      description = "Settings of sshd_config.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "More lines of sshd_config.";
    };
  };

  config = {
    assertions = [
      {
        assertion = lib.all (key: lib.elem key defaultHostKeys) cfg.hostKeys;
        message = "services.openssh.hostKeys: the lab's sshd has the host key of its card, and would ignore this.";
      }
      {
        assertion = !(cfg.enable && cfg.startWhenNeeded);
        message = "services.openssh.startWhenNeeded: the lab has no sshd that is started for each connection.";
      }
    ];

    lab.userOptions.options.openssh.authorizedKeys = {
      keys = mkOption {
        type = types.listOf types.singleLineStr;
        default = [ ];
        description = "Public keys that may log in.";
      };
      keyFiles = mkOption {
        type = types.listOf types.path;
        default = [ ];
        description = "Files with public keys that may log in.";
      };
    };

    services.openssh.authorizedKeysFiles =
      lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys"
      ++ [ "/etc/ssh/authorized_keys.d/%u" ];

    environment.etc = lib.mkIf cfg.enable (
      lib.listToAttrs (
        map
          (
            user:
            lib.nameValuePair "ssh/authorized_keys.d/${user.name}" {
              mode = "0444";
              text =
                lib.concatLines user.openssh.authorizedKeys.keys
                + lib.concatMapStrings (path: lib.readFile path + "\n") user.openssh.authorizedKeys.keyFiles;
            }
          )
          (
            lib.filter (
              user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ]
            ) (lib.attrValues config.users.users)
          )
      )
      // {
        ${file}.text =
          lib.concatMapStrings (line "Port") cfg.ports
          + lib.concatStrings (
            lib.mapAttrsToList line (lib.filterAttrs (_: value: value != null) cfg.settings)
          )
          + line "AuthorizedKeysFile" cfg.authorizedKeysFiles
          + cfg.extraConfig;
      }
    );

    lab.ownedEtc = lib.mkIf cfg.enable (
      map (user: "ssh/authorized_keys.d/${user.name}") (lib.attrValues config.users.users)
    );

    # On NixOS the unit's restart trigger does this.
    system.activationScripts.sshd = lib.mkIf cfg.enable ''
      if [ -n "''${NIXOS_ACTION-}" ] && ! cmp -s ${config.system.build.etc}/etc/${file} /etc/${file}; then
        echo ssh.service >> /run/nixos/activation-reload-list
      fi
    '';
    system.activationScripts.etc.deps = lib.optional cfg.enable "sshd";
  };
}
