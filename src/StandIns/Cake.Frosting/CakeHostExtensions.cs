using Cake.Core.IO;
using Cake.Frosting.Internal;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting;

/// <summary>What a build tells its host.</summary>
public static class CakeHostExtensions
{
    /// <summary>The context that targets receive.</summary>
    public static CakeHost UseContext<TContext>(this CakeHost host)
        where TContext : class, IFrostingContext =>
        host.Add<IFrostingContext, TContext>();

    /// <summary>What runs before the first target and after the last.</summary>
    public static CakeHost UseLifetime<TLifetime>(this CakeHost host)
        where TLifetime : class, IFrostingLifetime =>
        host.Add<TLifetime>(typeof(IFrostingSetup), typeof(IFrostingTeardown));

    /// <summary>What runs before the first target.</summary>
    public static CakeHost UseSetup<TSetup>(this CakeHost host)
        where TSetup : class, IFrostingSetup =>
        host.Add<IFrostingSetup, TSetup>();

    /// <summary>What runs after the last target.</summary>
    public static CakeHost UseTeardown<TTeardown>(this CakeHost host)
        where TTeardown : class, IFrostingTeardown =>
        host.Add<IFrostingTeardown, TTeardown>();

    /// <summary>What runs before and after every target.</summary>
    public static CakeHost UseTaskLifetime<TLifetime>(this CakeHost host)
        where TLifetime : class, IFrostingTaskLifetime =>
        host.Add<TLifetime>(typeof(IFrostingTaskSetup), typeof(IFrostingTaskTeardown));

    /// <summary>The folder the build runs in; relative to the current one. <c>--working</c> wins over it.</summary>
    public static CakeHost UseWorkingDirectory(this CakeHost host, DirectoryPath path)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureServices(services => services.AddSingleton(new WorkingDirectory(path)));
    }

    /// <summary>A setting of Cake's own configuration, e.g. <c>Paths_Tools</c>.</summary>
    public static CakeHost UseCakeSetting(this CakeHost host, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureServices(services => services.AddSingleton(new Setting(key, value)));
    }

    private static CakeHost Add<TService, TImplementation>(this CakeHost host)
        where TService : class
        where TImplementation : class, TService
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureServices(services => services.AddSingleton<TService, TImplementation>());
    }

    // One object behind both interfaces: what setup stores, teardown finds.
    private static CakeHost Add<TImplementation>(this CakeHost host, params Type[] interfaces)
        where TImplementation : class
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureServices(services =>
        {
            services.AddSingleton<TImplementation>();
            foreach (var type in interfaces)
            {
                services.AddSingleton(type, provider => provider.GetRequiredService<TImplementation>());
            }
        });
    }
}
