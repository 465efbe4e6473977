using System.Reflection;
using Cake.Cli;
using Cake.Core.Configuration;
using Cake.Frosting.Internal;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Cake.Frosting;

/// <summary>Finds the targets, the public ones of the entry assembly, composes the engine and runs it.</summary>
public sealed class CakeHost
{
    private readonly ServiceCollection _services = CreateServices();

    /// <summary>Changes or adds services before the engine is composed.</summary>
    public CakeHost ConfigureServices(Action<IServiceCollection> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services(_services);
        return this;
    }

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>0; or the exit code of the <see cref="Core.CakeException"/> that ended the run, 1 for any other exception.</returns>
    public int Run(IEnumerable<string> args)
    {
        var tasks = (Assembly.GetEntryAssembly()?.GetExportedTypes() ?? [])
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFrostingTask)));
        foreach (var task in tasks)
        {
            _services.AddSingleton(typeof(IFrostingTask), task);
        }

        // The command has its own small container: it composes the engine's only when the arguments are known.
        var registrar = new TypeRegistrar();
        registrar.RegisterInstance(typeof(IServiceCollection), _services);
        var app = new CommandApp<DefaultCommand>(registrar);
        app.Configure(config =>
        {
            config.AddExample("--target=Default");
            config.AddExample("--tree");

            // "--version=1.2" is the build's own argument, "--version" the host's flag.
            config.Settings.ConvertFlagsToRemainingArguments = true;
        });
        return app.Run(args);
    }

    private static ServiceCollection CreateServices()
    {
        var services = new ServiceCollection();
        services.AddCakeDiagnostics();
        services.UseCakeDefaultModules();
        services.AddSingleton<ICakeConfiguration, SettingsConfiguration>();
        services.AddSingleton<BuildScriptHost<IFrostingContext>>();
        services.AddSingleton<DryRunScriptHost<IFrostingContext>>();
        services.AddSingleton<TreeScriptHost>();
        services.AddSingleton<DescriptionScriptHost>();
        services.AddSingleton<IVersionResolver, VersionResolver>();
        services.AddSingleton<VersionFeature>();
        services.AddSingleton<InfoFeature>();
        services.AddSingleton<TaskRegistration>();
        services.AddSingleton<IFrostingContext, FrostingContext>();
        return services;
    }
}
