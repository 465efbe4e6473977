using Cake.Core;
using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;

namespace StandIns.Tests.Frosting;

/// <summary>A small build whose targets note that they ran.</summary>
internal sealed class TestBuild
{
    private readonly CakeHost _host;
    private readonly RecordingConsole _console = new();
    private readonly Notes _notes = new();

    public TestBuild(params Type[] tasks) => _host = new CakeHost()
        .UseContext<TestContext>()
        .ConfigureServices(services =>
        {
            services.AddSingleton<IConsole>(_console);
            services.AddSingleton(_notes);
            foreach (var task in tasks)
            {
                services.AddSingleton(typeof(IFrostingTask), task);
            }
        });

    /// <summary>What targets and lifetimes wrote down, in order.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What Cake printed.</summary>
    public string Output => _console.Text;

    public TestBuild With(Func<CakeHost, CakeHost> change)
    {
        change(_host);
        return this;
    }

    public int Run(params string[] arguments) => _host.Run(arguments);
}

/// <summary>What ran, in order.</summary>
internal sealed class Notes : List<string>;

/// <summary>The context of the test builds.</summary>
internal sealed class TestContext(ICakeContext context, Notes notes) : FrostingContext(context)
{
    public Notes Notes { get; } = notes;
}

/// <summary>A context that finds its arguments wrong.</summary>
internal sealed class RefusingContext : FrostingContext
{
    public RefusingContext(ICakeContext context)
        : base(context) =>
        throw new CakeException(2, "wrong arguments");
}
