# Stands in for: nixos/modules/config/users-groups.nix and update-users-groups.pl.
# Not modelled: uid and gid allocation (the host's useradd chooses), passwords (none is ever set), subuids,
# removal of accounts that Debian made; `mutableUsers = false` removes only accounts which we added.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.users;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  userOptions =
    { name, config, ... }:
    {
      options = {
        name = mkOption {
          type = types.passwdEntry types.str;
          default = name;
          description = "The login name.";
        };
        enable = flag true "Whether the account exists.";
        description = mkOption {
          type = types.passwdEntry types.str;
          default = "";
          description = "The full name.";
        };
        uid = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The number of the account.";
        };
        isNormalUser = flag false "Whether a person uses the account.";
        isSystemUser = flag false "Whether a service uses the account.";
        group = mkOption {
          type = types.str;
          default = if config.isNormalUser then "users" else "";
          description = "The primary group.";
        };
        extraGroups = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further groups.";
        };
        home = mkOption {
          type = types.passwdEntry types.path;
          default = if config.isNormalUser then "/home/${config.name}" else "/var/empty";
          description = "The home directory.";
        };
        useDefaultShell = flag false "Whether a service's account has the login shell of people.";
        createHome = flag config.isNormalUser "Whether the home directory is made.";
        shell = mkOption {
          type = types.nullOr (types.either types.shellPackage (types.passwdEntry types.path));
          default =
            if config.isNormalUser || config.useDefaultShell then "/bin/bash" else "/usr/sbin/nologin";
          description = "The login shell.";
        };
        hashedPassword = mkOption {
          type = types.nullOr (types.passwdEntry types.str);
          default = null;
          description = "The hash of the password; not applied.";
        };
        linger = flag false "Whether user services run without a login; refused.";
      };
    };

  users = lib.filter (user: user.enable) (lib.attrValues cfg.users);
  normal = lib.filter (user: user.isNormalUser) users;
  memberships = lib.unique (
    lib.concatMap (user: map (group: "${user.name}:${group}") user.extraGroups) users
    ++ lib.concatMap (group: map (user: "${user}:${group.name}") group.members) (
      lib.attrValues cfg.groups
    )
  );
  groups = lib.unique (
    lib.attrNames cfg.groups ++ lib.concatMap (user: user.extraGroups ++ [ user.group ]) users
  );
in
{
  options.users = {
    mutableUsers = flag true "Whether accounts may be changed on the host.";
    allowNoPasswordLogin = flag false "Whether it is right that neither root nor anybody of wheel can log in.";
    users = mkOption {
      type = types.attrsOf (
        types.submodule [
          userOptions
          config.lab.userOptions
        ]
      );
      default = { };
      description = "Accounts.";
    };
    groups = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              name = mkOption {
                type = types.passwdEntry types.str;
                default = name;
                description = "The name.";
              };
              gid = mkOption {
                type = types.nullOr types.int;
                default = null;
                description = "The number.";
              };
              members = mkOption {
                type = types.listOf types.str;
                default = [ ];
                description = "Accounts in the group.";
              };
            };
          }
        )
      );
      default = { };
      description = "Groups.";
    };
  };
  # nixpkgs declares `users.users` in several modules; this tree has no merging of declarations.
  options.lab.userOptions = mkOption {
    type = types.raw;
    internal = true;
    default = { };
    description = "More options of an account.";
  };

  config = {
    assertions = [
      {
        assertion =
          cfg.mutableUsers
          || cfg.allowNoPasswordLogin
          || lib.any (
            user:
            (user.name == "root" || lib.elem "wheel" user.extraGroups)
            && (user.hashedPassword != null || user.openssh.authorizedKeys.keys != [ ])
          ) users;
        message = ''
          Neither the root account nor any wheel user has a password or SSH authorized key.
          You must set one to prevent being locked out of your system.'';
      }
    ]
    ++ map (user: {
      assertion = user.name == "root" || user.isNormalUser != user.isSystemUser;
      message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.";
    }) users
    ++ map (user: {
      assertion = !user.linger;
      message = "users.users.${user.name}.linger: the lab's hosts have no user services, and would ignore this.";
    }) users;

    users.users.root = {
      isSystemUser = lib.mkDefault true;
      home = "/root";
      group = "root";
      shell = lib.mkDefault "/bin/bash";
    };

    system.activationScripts.users = ''
      ${pkgs.writeShellScript "update-users-groups" (builtins.readFile ./update-users-groups.sh)} ${
        lib.escapeShellArgs [
          (lib.concatStringsSep " " groups)
          (lib.concatMapStringsSep "\n" (
            user: "${user.name}:${user.group}:${user.home}:${toString user.shell}:${user.description}"
          ) (normal ++ lib.filter (user: user.isSystemUser && user.name != "root") users))
          (lib.concatStringsSep " " memberships)
          (lib.boolToString cfg.mutableUsers)
        ]
      }
    '';
  };
}
