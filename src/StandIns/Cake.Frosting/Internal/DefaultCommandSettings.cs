using System.ComponentModel;
using Cake.Cli;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Spectre.Console.Cli;

namespace Cake.Frosting.Internal;

/// <summary>The host's own flags; everything else is the build's.</summary>
internal sealed class DefaultCommandSettings : CommandSettings
{
    [CommandOption("--target|-t <TARGET>")]
    [DefaultValue("Default")]
    [Description("Target to run; may be given several times.")]
    public string[] Targets { get; set; } = [];

    [CommandOption("--working|-w <PATH>")]
    [TypeConverter(typeof(Cli.DirectoryPathConverter))]
    [Description("Folder to run in.")]
    public DirectoryPath? WorkingDirectory { get; set; }

    [CommandOption("--verbosity|-v <VERBOSITY>")]
    [TypeConverter(typeof(VerbosityConverter))]
    [Description("How much is logged (Quiet, Minimal, Normal, Verbose, Diagnostic).")]
    public Verbosity? Verbosity { get; set; }

    [CommandOption("--description|--descriptions|--showdescription|--showdescriptions")]
    [Description("Shows every target's description.")]
    public bool Description { get; set; }

    [CommandOption("--tree|--showtree")]
    [Description("Shows every target's dependencies.")]
    public bool Tree { get; set; }

    [CommandOption("--dryrun|--noop|--whatif")]
    [Description("Shows the order of targets and runs none.")]
    public bool DryRun { get; set; }

    [CommandOption("--exclusive|-e")]
    [Description("Runs the target without its dependencies.")]
    public bool Exclusive { get; set; }

    [CommandOption("--no-report|--noreport")]
    [Description("Leaves out the table of durations at the end.")]
    public bool NoReport { get; set; }

    [CommandOption("--version|--ver")]
    [Description("Shows Cake's version.")]
    public bool Version { get; set; }

    [CommandOption("--info")]
    [Description("Shows what Cake runs on.")]
    public bool Info { get; set; }
}
